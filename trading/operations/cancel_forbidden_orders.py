"""Cancel what a status or a control no longer lets rest. The door has refused since the control was set; the books follow."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from accounts.models import PermissionLoss
from core.operations.record_audit import SYSTEM, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.queries.forbidden_orders import MOST_AT_ONCE, list_forbidden_orders

REASON = "CONTROL_SET"
MOST_ROUNDS = 100
# An order whose statement began before the loss was committed may still come in: a web process ends its statements after 2 s.
LINGER = timedelta(seconds=10)

# Orders are locked in the order of their ids, as cancel_order does, so that of two wishes the second finds the first.
LOCK = """
SELECT id FROM trading_order WHERE id = ANY (%s) AND status IN ('PENDING', 'OPEN', 'DORMANT') ORDER BY id FOR NO KEY UPDATE
"""
INSTRUCT = """
WITH instructed AS (
    INSERT INTO trading_instruction
        (market_id, kind, order_id, payload, instructed_at, actor_id, initiator, status, refusal, attempts)
    SELECT o.market_id, 'CANCEL', o.id, jsonb_build_object('reason', %(reason)s::text), %(at)s, %(actor)s, 'VENUE_AUTO',
        'PENDING', '', 0
    FROM trading_order o
    WHERE o.id = ANY (%(orders)s) AND NOT EXISTS (
        SELECT 1 FROM trading_instruction c WHERE c.order_id = o.id AND c.kind = 'CANCEL' AND c.status = 'PENDING')
    ORDER BY o.id
    RETURNING market_id, order_id
), rung AS (
    SELECT pg_notify('countinghouse_instructions', market_id::text) FROM instructed GROUP BY market_id
)
SELECT o.profile_id, count(*), (SELECT count(*) FROM rung)
FROM instructed n JOIN trading_order o ON o.id = n.order_id GROUP BY o.profile_id ORDER BY o.profile_id
"""


def cancel_forbidden_orders(*, at: datetime) -> int:
    """Write a CANCEL (reason CONTROL_SET, by the house itself) for each live order where EXECUTE is denied, and for each buy
    where BUY is; answers how many. One look at an empty table when nobody has lost a right.

    The engine decides as with any wish: an order that it closes first is not cancelled. Idempotent; each thousand is its own
    transaction, with one audit entry a profile.
    """
    if not PermissionLoss.objects.exists():
        return 0
    total = 0
    for _ in range(MOST_ROUNDS):
        orders = list_forbidden_orders()
        total += _cancel(orders, at)
        if len(orders) < MOST_AT_ONCE:
            _forget(at)
            break
    return total


def _cancel(orders: list[UUID], at: datetime) -> int:
    if not orders:
        return 0
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(LOCK, [orders])
        live = [row[0] for row in cursor.fetchall()]
        cursor.execute(INSTRUCT, {"orders": live, "at": at, "actor": THE_HOUSE, "reason": REASON})
        profiles = cursor.fetchall()
        for profile_id, count, _ in profiles:
            record_audit(
                actor=SYSTEM,
                action="trading.order.cancel_forbidden",
                object_type="accounts.profile",
                object_id=profile_id,
                at=at,
                changes=[{"field": "orders", "before": None, "after": str(count)}],
                reason=REASON,
            )
    return sum(count for _, count, _ in profiles)


def _forget(at: datetime) -> None:
    """Everything was looked at: note it, and let go of what was looked at for long enough."""
    with transaction.atomic(durable=True):
        PermissionLoss.objects.filter(seen_at__lt=at - LINGER).delete()
        PermissionLoss.objects.filter(seen_at__isnull=True).update(seen_at=at)
