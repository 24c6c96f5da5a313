"""Markets and their terms, for whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from core.domain.decimals import at_scale
from core.domain.refusals import NotFound
from trading.models import Market


@dataclass(frozen=True, slots=True)
class MarketTermsView:
    """A market: prices at its price scale, amounts at the base asset's scale, notionals at the quote asset's."""

    id: UUID
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    price_scale: int
    amount_scale: int
    min_amount: Decimal
    max_amount: Decimal
    min_notional: Decimal
    max_notional: Decimal
    entry_band: Decimal
    execution_band: Decimal
    phase: str
    sequence: int
    reference_price: Decimal | None
    last_price: Decimal | None
    version: int
    created_at: datetime
    updated_at: datetime


def list_market_rows() -> "QuerySet[Market]":
    """All markets with their assets; the caller orders and cuts."""
    return Market.objects.select_related("base", "quote")


def get_market_row(*, symbol: str) -> Market:
    """The market ``symbol``. Refuses an unknown one with ``NotFound``."""
    market = list_market_rows().filter(symbol=symbol).first()
    if market is None:
        raise NotFound("market")
    return market


def market_terms_views(rows: Iterable[Market]) -> list[MarketTermsView]:
    """The views of rows that ``list_market_rows`` read."""
    return [market_terms_view(row) for row in rows]


def market_terms_view(market: Market) -> MarketTermsView:
    """The view of a row that ``list_market_rows`` read."""
    base_scale, quote_scale, price_scale = market.base.scale, market.quote.scale, market.price_scale
    return MarketTermsView(
        id=market.id,
        symbol=market.symbol,
        base=market.base.code,
        quote=market.quote.code,
        tick_size=at_scale(market.tick_size * market.tick_step, price_scale),
        lot_size=at_scale(market.lot_size * market.lot_step, base_scale),
        price_scale=price_scale,
        amount_scale=market.amount_scale,
        min_amount=at_scale(market.min_amount, base_scale),
        max_amount=at_scale(market.max_amount, base_scale),
        min_notional=at_scale(market.min_notional, quote_scale),
        max_notional=at_scale(market.max_notional, quote_scale),
        entry_band=market.entry_band,
        execution_band=market.execution_band,
        phase=market.phase,
        sequence=market.sequence,
        reference_price=_price(market.reference_price, price_scale),
        last_price=_price(market.last_price, price_scale),
        version=market.version,
        created_at=market.created_at,
        updated_at=market.updated_at,
    )


def _price(value: Decimal | None, scale: int) -> Decimal | None:
    return None if value is None else at_scale(value, scale)
