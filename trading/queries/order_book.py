"""The book of a market as everybody may see it: what rests at each price, at one sequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from core.domain.decimals import at_scale, to_units
from core.domain.refusals import NotFound
from trading.domain.checksum import LEVELS, book_checksum

DEPTHS = (10, 100, 1000)

# One statement sees one moment: the orders are those of the market row's sequence.
_BOOK = """
SELECT m.sequence, m.phase, m.price_scale, m.amount_scale, asks.prices, asks.amounts, bids.prices, bids.amounts
FROM trading_market m
CROSS JOIN LATERAL (
    SELECT array_agg(price ORDER BY price) AS prices, array_agg(amount ORDER BY price) AS amounts FROM (
        SELECT limit_price AS price, sum(coalesce(displayed_base, remaining_base)) AS amount FROM trading_order
        WHERE market_id = m.id AND status = 'OPEN' AND side = 'SELL'
        GROUP BY limit_price ORDER BY limit_price LIMIT %(depth)s
    ) level
) asks
CROSS JOIN LATERAL (
    SELECT array_agg(price ORDER BY price DESC) AS prices, array_agg(amount ORDER BY price DESC) AS amounts FROM (
        SELECT limit_price AS price, sum(coalesce(displayed_base, remaining_base)) AS amount FROM trading_order
        WHERE market_id = m.id AND status = 'OPEN' AND side = 'BUY'
        GROUP BY limit_price ORDER BY limit_price DESC LIMIT %(depth)s
    ) level
) bids
WHERE m.symbol = %(symbol)s
"""


@dataclass(frozen=True, slots=True)
class BookView:
    """Levels best first as (price, size), at the market's price and amount scales; the checksum is of the best ten."""

    market: str
    phase: str
    sequence: int
    bids: Sequence[tuple[Decimal, Decimal]]
    asks: Sequence[tuple[Decimal, Decimal]]
    checksum: int


def get_book(*, symbol: str, depth: int) -> BookView:
    """The book of ``symbol`` down to ``depth`` levels a side. Refuses an unknown market with ``NotFound``."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, {"symbol": symbol, "depth": depth})
        row = cursor.fetchone()
    if row is None:
        raise NotFound("market")
    sequence, phase, price_scale, amount_scale = row[:4]
    asks = _levels(row[4], row[5], price_scale, amount_scale)
    bids = _levels(row[6], row[7], price_scale, amount_scale)

    def units(levels: Sequence[tuple[Decimal, Decimal]]) -> list[tuple[int, int]]:
        return [(to_units(price, price_scale), to_units(size, amount_scale)) for price, size in levels[:LEVELS]]

    return BookView(symbol, phase, sequence, bids, asks, book_checksum(units(asks), units(bids)))


def _levels(prices: Any, amounts: Any, price_scale: int, amount_scale: int) -> list[tuple[Decimal, Decimal]]:
    return [
        (at_scale(price, price_scale), at_scale(amount, amount_scale))
        for price, amount in zip(prices or (), amounts or (), strict=True)
    ]
