"""Ask for many orders to be cancelled at once: one instruction in each market where some are live."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from core.operations.record_audit import Actor, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.operations.write_instruction import INITIATORS

WRITE = """
WITH concerned AS (
    SELECT DISTINCT o.market_id FROM trading_order o
    WHERE o.status IN ('PENDING', 'OPEN', 'DORMANT') AND (%(profile)s::uuid IS NULL OR o.profile_id = %(profile)s)
        AND (%(market)s::uuid IS NULL OR o.market_id = %(market)s) AND (%(side)s::text IS NULL OR o.side = %(side)s)
        AND (%(credential)s::uuid IS NULL OR o.credential_id = %(credential)s)
), instructed AS (
    INSERT INTO trading_instruction (market_id, kind, payload, instructed_at, actor_id, initiator, status, refusal, attempts)
    SELECT market_id, 'MASS_CANCEL', %(payload)s::jsonb, %(at)s, %(actor)s, %(initiator)s, 'PENDING', '', 0
    FROM concerned ORDER BY market_id
    RETURNING id, market_id
)
SELECT id, pg_notify('countinghouse_instructions', market_id::text) FROM instructed ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: all that match what is given. A profile or a market has to be."""

    profile_id: UUID | None = None
    market_id: UUID | None = None
    side: str | None = None
    credential_id: UUID | None = None


def cancel_orders(
    *, wanted: OrderFilter, reason: str, actor: Actor, at: datetime, asked_by: str = "CLIENT"
) -> list[int]:
    """Write a MASS_CANCEL in each market where such an order is live, and answer the instructions' ids; none where nothing is.

    ``reason`` is MASS_CANCEL of a client's own asking, DEAD_MANS_SWITCH where it fell silent. ``asked_by`` is CLIENT, or FIRM
    for a person of ours: that has an audit entry. The engine decides what is still there.
    """
    assert wanted.profile_id or wanted.market_id, "everything at once is what a kill switch is for"
    with transaction.atomic():
        ids = _write(wanted, reason, actor, at, "CLIENT" if actor.kind == "CREDENTIAL" else INITIATORS[actor.kind])
        if asked_by == "FIRM" and ids:
            record_audit(
                actor=actor,
                action="trading.order.cancel_all",
                object_type="accounts.profile" if wanted.profile_id else "trading.market",
                object_id=str(wanted.profile_id or wanted.market_id),
                at=at,
                changes=[{"field": "instructions", "before": None, "after": ", ".join(map(str, ids))}],
            )
    return ids


def _write(wanted: OrderFilter, reason: str, actor: Actor, at: datetime, initiator: str) -> list[int]:
    payload = {
        "reason": reason,
        "profile_id": None if wanted.profile_id is None else str(wanted.profile_id),
        "side": wanted.side,
        "credential_id": None if wanted.credential_id is None else str(wanted.credential_id),
    }
    values = {
        "profile": wanted.profile_id, "market": wanted.market_id, "side": wanted.side, "credential": wanted.credential_id,
        "payload": json.dumps(payload), "at": at, "actor": actor.id or THE_HOUSE, "initiator": initiator,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        return [row[0] for row in cursor.fetchall()]
