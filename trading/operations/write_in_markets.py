"""Put one wish into the command logs of many markets, in one statement. Only operations that may call it."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from core.operations.record_audit import Actor
from trading.domain.instruction import THE_HOUSE
from trading.models.instruction import ATTEMPTS_BEFORE_PARKED
from trading.operations.write_instruction import INITIATORS

# An engagement overtakes the orders that wait. It does not overtake a release, which would undo it.
WRITE = """
WITH instructed AS (
    INSERT INTO trading_instruction
        (market_id, kind, payload, instructed_at, actor_id, initiator, status, refusal, attempts, goes_first)
    SELECT m.id, %(kind)s, %(payload)s::jsonb, %(at)s, %(actor)s, %(initiator)s, 'PENDING', '', 0,
        %(kind)s = 'ENGAGE_KILL' AND NOT EXISTS (
            SELECT 1 FROM trading_instruction i
            WHERE i.market_id = m.id AND i.status = 'PENDING' AND i.kind = 'RELEASE_KILL' AND i.attempts < %(parked)s)
    FROM trading_market m WHERE %(only)s::uuid IS NULL OR m.id = %(only)s
    ORDER BY m.id
    RETURNING id, market_id
)
SELECT id, pg_notify('countinghouse_instructions', market_id::text) FROM instructed ORDER BY id
"""


def write_in_markets(
    *, kind: str, payload: Mapping[str, str | None], only: UUID | None, actor: Actor, at: datetime
) -> list[int]:
    """Write an ENGAGE_KILL or a RELEASE_KILL in every market, or in ``only`` one, in the caller's transaction, which audits
    it; answers the instructions' ids.
    """
    values = {
        "kind": kind,
        "payload": json.dumps(dict(payload)),
        "only": only,
        "actor": actor.id or THE_HOUSE,
        "initiator": INITIATORS[actor.kind],
        "at": at,
        "parked": ATTEMPTS_BEFORE_PARKED,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        return [row[0] for row in cursor.fetchall()]
