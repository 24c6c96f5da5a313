"""Make all candles of a market anew, from its trades alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from core.domain.refusals import NotFound
from trading.operations.keep_candles import OPEN_CURSOR
from trading.operations.recompute_candles import STANDS, recompute_candles

LOCK = "SELECT 1 FROM trading_candlecursor WHERE market_id = %s FOR UPDATE"
SEQUENCE = "SELECT sequence FROM trading_market WHERE id = %s"
REMOVE = "DELETE FROM trading_candle WHERE market_id = %s"
SPAN = f"""
SELECT min(traded_at) FILTER (WHERE {STANDS}), max(traded_at) FILTER (WHERE {STANDS}) FROM trading_trade
WHERE market_id = %s AND sequence <= %s
"""  # noqa: S608 - of constants
MOVE = "UPDATE trading_candlecursor SET sequence = %s, traded_until = %s WHERE market_id = %s"


def rebuild_candles(*, market_id: UUID) -> int:
    """Replace all candles of the market by what its trades up to now come to; answers how many there are. One transaction.

    Day by day, so that memory stays small. Refuses an unknown market with ``NotFound``.
    """
    key = str(market_id)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SEQUENCE, [key])
        if cursor.fetchone() is None:
            raise NotFound("market")
        cursor.execute(OPEN_CURSOR, [key])
        cursor.execute(LOCK, [key])
        cursor.execute(SEQUENCE, [key])
        sequence = cursor.fetchone()[0]
        cursor.execute(REMOVE, [key])
        cursor.execute(SPAN, [key, sequence])
        first, last = cursor.fetchone()
        for day in _days(first, last):
            ends = day + timedelta(days=1)
            recompute_candles(cursor=cursor, market_id=key, begins=day, ends=ends, sequence=sequence)
        cursor.execute(MOVE, [sequence, last, key])
        cursor.execute("SELECT count(*) FROM trading_candle WHERE market_id = %s", [key])
        return int(cursor.fetchone()[0])


def _days(first: datetime | None, last: datetime | None) -> Iterator[datetime]:
    """Each midnight from that of ``first`` to that of ``last``."""
    if first is None or last is None:
        return
    day = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        yield day
        day += timedelta(days=1)
