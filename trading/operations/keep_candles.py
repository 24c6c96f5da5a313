"""Candles go on with the market: new trades are added to them, and what was undone is made anew."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from trading.operations.recompute_candles import COLUMNS, EPOCH, INTERVALS, STANDS, recompute_candles

# More minutes than this are made anew by their days.
MINUTES_ONE_BY_ONE = 60

OPEN_CURSOR = "INSERT INTO trading_candlecursor (market_id, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING"
# Who does not get it at once leaves it to the one who has it.
LOCK = """
SELECT sequence, traded_until FROM trading_candlecursor WHERE market_id = %s FOR UPDATE SKIP LOCKED
"""
SEQUENCE = "SELECT sequence FROM trading_market WHERE id = %s"
FRESH = f"""
SELECT sequence, price, base_amount, quote_amount, traded_at FROM trading_trade
WHERE market_id = %(market)s AND sequence > %(after)s AND sequence <= %(sequence)s AND {STANDS}
"""  # noqa: S608 - of constants
# Minutes first, the wider ones of those: each trade is looked at once.
ADD = f"""
WITH fresh AS ({FRESH}), minutes AS (
    SELECT date_bin(interval '1 minute', traded_at, {EPOCH}) AS opens_at,
        (array_agg(price ORDER BY traded_at, sequence))[1] AS open, max(price) AS high, min(price) AS low,
        (array_agg(price ORDER BY traded_at DESC, sequence DESC))[1] AS close, sum(base_amount) AS base_volume,
        sum(quote_amount) AS quote_volume, count(*) AS trade_count, max(sequence) AS last_sequence
    FROM fresh GROUP BY 1
), added AS (
    INSERT INTO trading_candle AS c ({COLUMNS})
    SELECT %(market)s, i.name, date_bin(i.width, m.opens_at, {EPOCH}), (array_agg(m.open ORDER BY m.opens_at))[1], max(m.high),
        min(m.low), (array_agg(m.close ORDER BY m.opens_at DESC))[1], sum(m.base_volume), sum(m.quote_volume),
        sum(m.trade_count), max(m.last_sequence)
    FROM minutes m CROSS JOIN {INTERVALS}
    GROUP BY i.name, 3
    ON CONFLICT (market_id, interval, opens_at) DO UPDATE SET high = greatest(c.high, excluded.high),
        low = least(c.low, excluded.low), close = excluded.close, base_volume = c.base_volume + excluded.base_volume,
        quote_volume = c.quote_volume + excluded.quote_volume, trade_count = c.trade_count + excluded.trade_count,
        last_sequence = excluded.last_sequence
)
SELECT max(traded_at) FROM fresh
"""  # noqa: S608 - of constants
# Minutes in which a trade was undone, or to which one came late: a correction may have the time of what it corrects.
UNSETTLED = f"""
SELECT DISTINCT date_bin(interval '1 minute', traded_at, {EPOCH}) FROM (
    SELECT traded_at FROM ({FRESH}) AS fresh WHERE traded_at < %(until)s
    UNION ALL
    SELECT t.traded_at FROM trading_orderevent e JOIN trading_trade t ON t.id = e.trade_id
    WHERE e.market_id = %(market)s AND e.kind = 'BUSTED' AND e.sequence > %(after)s AND e.sequence <= %(sequence)s
) AS unsettled
ORDER BY 1
"""  # noqa: S608 - of constants
MOVE = """
UPDATE trading_candlecursor SET sequence = %s, traded_until = greatest(traded_until, %s) WHERE market_id = %s
"""
LOCK_TICKER = "SELECT day, sequence FROM trading_ticker WHERE market_id = %s FOR UPDATE"
# The day's candle, and the trades that have come since the candles were kept.
CORRECT_TICKER = f"""
WITH day AS (
    SELECT open, high, low, base_volume, quote_volume, 0 AS place FROM trading_candle
    WHERE market_id = %(market)s AND interval = '1D' AND opens_at = %(day)s
    UNION ALL
    SELECT price, price, price, base_amount, quote_amount, sequence FROM ({FRESH}) AS fresh WHERE traded_at >= %(day)s
)
UPDATE trading_ticker t SET day = CASE WHEN d.open IS NOT NULL THEN t.day END, day_open = d.open, day_high = d.high,
    day_low = d.low, day_base_volume = d.base_volume, day_quote_volume = d.quote_volume
FROM (
    SELECT (array_agg(open ORDER BY place))[1] AS open, max(high) AS high, min(low) AS low, sum(base_volume) AS base_volume,
        sum(quote_volume) AS quote_volume FROM day
) AS d
WHERE t.market_id = %(market)s
"""  # noqa: S608 - of constants


def keep_candles(*, market_id: UUID) -> int:
    """Take the market's history up to now, ``CANDLE_EVENTS_A_RUN`` events at most, into its candles; answers how many events.

    Exactly once, whoever else tries: the cursor is locked, and moves in the same transaction. 0 where another is at it.
    """
    key = str(market_id)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(OPEN_CURSOR, [key])
        cursor.execute(LOCK, [key])
        row = cursor.fetchone()
        if row is None:
            return 0
        after, until = row
        cursor.execute(SEQUENCE, [key])
        sequence = min(cursor.fetchone()[0], after + settings.CANDLE_EVENTS_A_RUN)
        if sequence <= after:
            return 0
        values = {"market": key, "after": after, "sequence": sequence, "until": until}
        cursor.execute(UNSETTLED, values)
        unsettled = [minute for (minute,) in cursor.fetchall()]
        cursor.execute(ADD, values)
        newest = cursor.fetchone()[0]
        if unsettled:
            _settle(cursor, key, unsettled, sequence)
        cursor.execute(MOVE, [sequence, newest, key])
    return int(sequence - after)


def _settle(cursor: Any, market_id: str, minutes: list[datetime], sequence: int) -> None:
    width = timedelta(minutes=1)
    if len(minutes) > MINUTES_ONE_BY_ONE:
        width = timedelta(days=1)
        minutes = sorted({minute.replace(hour=0, minute=0) for minute in minutes})
    for begins in minutes:
        recompute_candles(cursor=cursor, market_id=market_id, begins=begins, ends=begins + width, sequence=sequence)
    _correct_ticker(cursor, market_id, sequence)


def _correct_ticker(cursor: Any, market_id: str, after: int) -> None:
    """The ticker's day again, from the candle just made. Its row is locked first, so that no batch adds to it meanwhile."""
    cursor.execute(LOCK_TICKER, [market_id])
    day, sequence = cursor.fetchone() or (None, 0)
    if day is not None:
        opens_at = datetime.fromisoformat(f"{day}T00:00+00:00")
        cursor.execute(CORRECT_TICKER, {"market": market_id, "day": opens_at, "after": after, "sequence": sequence})
