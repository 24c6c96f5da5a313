"""Ring where an order's time has come. The engine expires it by itself before anything else; this is for quiet markets."""

from datetime import datetime

from django.db import connection, transaction

from trading.domain.instruction import THE_HOUSE

WAKE = """
WITH woken AS (
    INSERT INTO trading_instruction (market_id, kind, payload, instructed_at, actor_id, initiator, status, refusal, attempts)
    SELECT DISTINCT o.market_id, 'WAKE', '{}'::jsonb, %(at)s, %(actor)s, 'VENUE_AUTO', 'PENDING', '', 0
    FROM trading_order o
    WHERE o.status IN ('OPEN', 'DORMANT') AND o.time_in_force = 'GTT' AND o.expires_at <= %(at)s AND NOT EXISTS (
        SELECT 1 FROM trading_instruction i WHERE i.market_id = o.market_id AND i.status = 'PENDING' AND i.kind = 'WAKE')
    RETURNING market_id
)
SELECT pg_notify('countinghouse_instructions', market_id::text) FROM woken
"""


def wake_markets(*, at: datetime) -> int:
    """Write a WAKE for each market with a live order whose ``expires_at`` has come and that has none waiting; answers how many.

    Whether an order expires is the engine's to decide, by engine time; a WAKE that finds nothing due changes nothing.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(WAKE, {"at": at, "actor": THE_HOUSE})
        return len(cursor.fetchall())
