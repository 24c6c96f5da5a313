"""A round of deliveries: whoever has something due is served, several at once, each on its own.

An endpoint that hangs has one thread for the five seconds of a try, and rests the longer the oftener it fails; the round goes on
with the others meanwhile. Several rounds may run at once, on several hosts: a subscription is taken by one of them.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import connection, connections

from accounts.gateways.webhook_sender import WebhookSender
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from accounts.operations.serve_webhook import serve_webhook

# Longer than a turn and its last try: whoever died with a subscription has it no longer.
LEASE_SECONDS = 30
LOOK_SECONDS = 0.2
# Whoever was served longest ago first.
_TAKE = """
UPDATE accounts_webhooksubscription s SET taken_until = %s
FROM (
    SELECT c.id FROM accounts_webhooksubscription c
    WHERE c.deleted_at IS NULL AND (c.taken_until IS NULL OR c.taken_until <= %s) AND EXISTS (
        SELECT 1 FROM accounts_webhookdelivery d
        WHERE d.subscription_id = c.id AND d.status IN ('PENDING', 'RETRYING') AND d.due_at <= %s AND (
            d.message_id IS NULL OR (c.status = 'ACTIVE' AND (c.rest_until IS NULL OR c.rest_until <= %s))
        )
    )
    ORDER BY c.taken_until NULLS FIRST, c.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
) free WHERE s.id = free.id RETURNING s.id
"""


def deliver_webhooks(
    *, sender: WebhookSender, clock: Callable[[], datetime], senders: int = 8, round_seconds: float = 5.0
) -> int:
    """Queue what streams have for webhooks and send what is due, until nothing is or the round is over; answers how many tries.

    At most ``senders`` webhooks at once. The round begins with nobody after ``round_seconds`` and waits for the last: a turn is
    over after three seconds, a try after five.
    """
    over, tries = monotonic() + round_seconds, 0
    running: set[Future[int]] = set()
    with ThreadPoolExecutor(senders, thread_name_prefix="webhooks") as pool:
        while True:
            if monotonic() < over:
                fan_out_webhooks(at=clock())
                for subscription_id in take_webhooks(limit=senders - len(running), at=clock()):
                    running.add(pool.submit(_serve, subscription_id, sender, clock))
            if not running:
                return tries
            done, running = wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            tries += sum(each.result() for each in done)


def take_webhooks(*, limit: int, at: datetime) -> list[UUID]:
    """Take up to ``limit`` webhooks that have something due: nobody else takes them until the lease ends."""
    if limit <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [at + timedelta(seconds=LEASE_SECONDS), at, at, at, limit])
        return [row[0] for row in cursor.fetchall()]


def _serve(subscription_id: UUID, sender: WebhookSender, clock: Callable[[], datetime]) -> int:
    try:
        return serve_webhook(subscription_id=subscription_id, sender=sender, clock=clock)
    finally:
        connections.close_all()
