"""A market's candles, for whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
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
# The newest candles as they are kept, with the trades that have come since: so they are never behind.
NEWEST = """
WITH kept AS (
    SELECT opens_at, open, high, low, close, base_volume, 0 AS place FROM trading_candle
    WHERE market_id = %(market)s AND interval = %(interval)s ORDER BY opens_at DESC LIMIT %(count)s
), fresh AS (
    SELECT date_bin(%(width)s::interval, traded_at, timestamptz '2000-01-01 00:00+00') AS opens_at, price, base_amount, sequence
    FROM trading_trade
    WHERE market_id = %(market)s AND status NOT IN ('BUSTED', 'CORRECTED')
        AND sequence > coalesce((SELECT sequence FROM trading_candlecursor WHERE market_id = %(market)s), 0)
    ORDER BY sequence DESC LIMIT %(trades)s
)
SELECT opens_at, (array_agg(open ORDER BY place))[1], max(high), min(low), (array_agg(close ORDER BY place DESC))[1],
    sum(base_volume)
FROM (
    SELECT * FROM kept UNION ALL SELECT opens_at, price, price, price, price, base_amount, sequence FROM fresh
) AS candle
GROUP BY opens_at ORDER BY opens_at DESC LIMIT %(count)s
"""
WIDTHS = {"1M": "1 minute", "5M": "5 minutes", "15M": "15 minutes", "1H": "1 hour", "1D": "1 day"}
# Candles are kept each second; while nobody keeps them no more trades than these are added to them for show.
MOST_FRESH_TRADES = 20_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A candle as it is drawn."""

    opens_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal


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


def list_newest_bars(market_id: UUID, *, interval: str, count: int) -> list[Bar]:
    """The newest ``count`` candles of an interval with the trades of this moment in them, oldest first. One statement."""
    values: dict[str, Any] = {"market": market_id, "interval": interval, "count": count}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, values | {"width": WIDTHS[interval], "trades": MOST_FRESH_TRADES})
        return [Bar(*row) for row in reversed(cursor.fetchall())]


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
