"""Make the candles of a span of time anew from the trades that stand."""

from datetime import datetime
from typing import Any

# Spans are counted from one instant, a midnight (UTC): so all of an hour's minutes are in it, and all of a day's hours.
EPOCH = "timestamptz '2000-01-01 00:00+00'"
INTERVALS = """(VALUES ('1M', interval '1 minute'), ('5M', interval '5 minutes'), ('15M', interval '15 minutes'),
    ('1H', interval '1 hour'), ('1D', interval '1 day')) AS i (name, width)"""
# A trade stands until it is busted or corrected; a correction is a trade of its own.
STANDS = "status NOT IN ('BUSTED', 'CORRECTED')"
COLUMNS = "market_id, interval, opens_at, open, high, low, close, base_volume, quote_volume, trade_count, last_sequence"

REMOVE = f"""
DELETE FROM trading_candle c USING {INTERVALS}
WHERE c.market_id = %(market)s AND c.interval = i.name
    AND c.opens_at >= date_bin(i.width, %(begins)s, {EPOCH}) AND c.opens_at < %(ends)s
"""  # noqa: S608 - of constants
MINUTES = f"""
INSERT INTO trading_candle ({COLUMNS})
SELECT %(market)s, '1M', date_bin(interval '1 minute', traded_at, {EPOCH}), (array_agg(price ORDER BY traded_at, sequence))[1],
    max(price), min(price), (array_agg(price ORDER BY traded_at DESC, sequence DESC))[1], sum(base_amount), sum(quote_amount),
    count(*), max(sequence)
FROM trading_trade
WHERE market_id = %(market)s AND traded_at >= %(begins)s AND traded_at < %(ends)s AND sequence <= %(sequence)s AND {STANDS}
GROUP BY 3
"""  # noqa: S608 - of constants
# The wider ones of the minutes: of all that are in them, whether they were made anew or not.
WIDER = f"""
INSERT INTO trading_candle ({COLUMNS})
SELECT %(market)s, i.name, date_bin(i.width, m.opens_at, {EPOCH}), (array_agg(m.open ORDER BY m.opens_at))[1], max(m.high),
    min(m.low), (array_agg(m.close ORDER BY m.opens_at DESC))[1], sum(m.base_volume), sum(m.quote_volume), sum(m.trade_count),
    max(m.last_sequence)
FROM {INTERVALS} JOIN trading_candle m ON m.market_id = %(market)s AND m.interval = '1M'
    AND m.opens_at >= date_bin(i.width, %(begins)s, {EPOCH})
    AND m.opens_at < date_bin(i.width, %(ends)s - interval '1 microsecond', {EPOCH}) + i.width
WHERE i.name <> '1M'
GROUP BY i.name, 3
"""  # noqa: S608 - of constants


def recompute_candles(*, cursor: Any, market_id: str, begins: datetime, ends: datetime, sequence: int) -> None:
    """Replace each candle that overlaps [``begins``, ``ends``), whole minutes, by what the trades up to ``sequence`` come to.

    In the caller's transaction, which holds the market's candle cursor.
    """
    values = {"market": market_id, "begins": begins, "ends": ends, "sequence": sequence}
    for statement in (REMOVE, MINUTES, WIDER):
        cursor.execute(statement, values)
