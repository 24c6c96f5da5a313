"""The trades of a market as everybody may see them: nobody's names on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from core.domain.decimals import at_scale
from trading.models import Market, Trade


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """One trade: price at the market's price scale, amounts at the assets' scales; ``taker_side`` is who took, none in an
    auction.
    """

    id: UUID
    market: str
    sequence: int
    price: Decimal
    base_amount: Decimal
    quote_amount: Decimal
    taker_side: str | None
    liquidity: str
    status: str
    traded_at: datetime


def list_market_trades(market: Market) -> "QuerySet[Trade]":
    """The trades of a market; the caller orders by ``sequence`` and cuts."""
    return Trade.objects.filter(market=market)


def public_trades(rows: Iterable[Trade], market: Market) -> list[PublicTrade]:
    """The views of rows of ``market``, which came with its assets."""
    return [
        PublicTrade(
            id=row.id,
            market=market.symbol,
            sequence=row.sequence,
            price=at_scale(row.price, market.price_scale),
            base_amount=at_scale(row.base_amount, market.base.scale),
            quote_amount=at_scale(row.quote_amount, market.quote.scale),
            taker_side=row.taker_side,
            liquidity=row.liquidity,
            status=row.status,
            traded_at=row.traded_at,
        )
        for row in rows
    ]
