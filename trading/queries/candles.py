"""A market's candles, for whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from core.domain.decimals import at_scale
from trading.models import Candle, Market

OLD = """
SELECT m.id FROM trading_market m LEFT JOIN trading_candlecursor c ON c.market_id = m.id
WHERE m.sequence > coalesce(c.sequence, 0)
ORDER BY m.sequence - coalesce(c.sequence, 0)
"""


@dataclass(frozen=True, slots=True)
class CandleView:
    """One candle: prices at the market's price scale, volumes at the assets' scales."""

    market: str
    interval: str
    opens_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    trade_count: int
    last_sequence: int


def list_markets_with_old_candles() -> list[UUID]:
    """Markets whose history has gone on since their candles were kept, those with the least to do first."""
    with connection.cursor() as cursor:
        cursor.execute(OLD)
        return [row[0] for row in cursor.fetchall()]


def list_candles(market: Market, *, interval: str) -> "QuerySet[Candle]":
    """The candles of a market; the caller orders by ``opens_at`` and cuts."""
    return Candle.objects.filter(market=market, interval=interval)


def candle_views(rows: Iterable[Candle], market: Market) -> list[CandleView]:
    """The views of rows of ``market``, which came with its assets."""
    base, quote, price = market.base.scale, market.quote.scale, market.price_scale
    return [
        CandleView(
            market=market.symbol,
            interval=row.interval,
            opens_at=row.opens_at,
            open=at_scale(row.open, price),
            high=at_scale(row.high, price),
            low=at_scale(row.low, price),
            close=at_scale(row.close, price),
            base_volume=at_scale(row.base_volume, base),
            quote_volume=at_scale(row.quote_volume, quote),
            trade_count=row.trade_count,
            last_sequence=row.last_sequence,
        )
        for row in rows
    ]
