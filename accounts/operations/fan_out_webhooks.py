"""Give each webhook what it is to be sent of its stream: by topic, at least once, never from a request."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.models import WebhookSubscription
from accounts.queries.webhook_messages import list_message_ids
from core.ids import new_id

SUBSCRIPTIONS_MOST = 200
NUMBERS_MOST = 1_000
# Who has so many waiting is given no more for now: they stay in the stream.
WAITING_MOST = 1_000
# Whoever is behind, in no order, so that nobody is always last.
_BEHIND = """
WITH behind AS (
    SELECT s.id, h.last_seq FROM accounts_webhooksubscription s
    JOIN core_streamhead h ON h.entity_id = s.stream_id AND h.channel = 'ALL'
    WHERE s.status = 'ACTIVE' AND s.deleted_at IS NULL AND h.last_seq > s.last_seq
    UNION ALL
    SELECT s.id, h.last_seq FROM accounts_webhooksubscription s
    JOIN core_streamhead h ON h.entity_id IS NULL AND h.channel = 'ALL'
    WHERE s.stream_id IS NULL AND s.status = 'ACTIVE' AND s.deleted_at IS NULL AND h.last_seq > s.last_seq
)
SELECT b.id, b.last_seq FROM behind b
WHERE (
    SELECT count(*) FROM (
        SELECT 1 FROM accounts_webhookdelivery d
        WHERE d.subscription_id = b.id AND d.status IN ('PENDING', 'RETRYING') LIMIT %s
    ) w
) < %s
ORDER BY random() LIMIT %s
"""
_GIVE = """
INSERT INTO accounts_webhookdelivery (id, subscription_id, message_id, status, attempts, due_at, created_at)
SELECT w.id, %s, w.message_id, 'PENDING', 0, %s, %s FROM unnest(%s::uuid[], %s::bigint[]) AS w (id, message_id)
ON CONFLICT (subscription_id, message_id) DO NOTHING
"""


def fan_out_webhooks(*, at: datetime) -> int:
    """Look each active webhook's stream through, a bounded part of it, and queue what it asked for; answers how many.

    Its place in the stream moves in the transaction that queues: nothing is passed over, and nothing is queued twice. One that
    somebody else has just now is left to them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [WAITING_MOST, WAITING_MOST, SUBSCRIPTIONS_MOST])
        behind = cursor.fetchall()
    return sum(_give(subscription_id, head, at) for subscription_id, head in behind)


def _give(subscription_id: UUID, head: int, at: datetime) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        free = WebhookSubscription.objects.select_for_update(no_key=True, skip_locked=True)
        row = free.filter(id=subscription_id, status="ACTIVE", deleted_at=None, last_seq__lt=head).first()
        if row is None:
            return 0
        until = min(head, row.last_seq + NUMBERS_MOST)
        messages = list_message_ids(
            stream_id=row.stream_id, topics=row.topics, after=row.last_seq, until=until, limit=NUMBERS_MOST
        )
        if messages:
            cursor.execute(_GIVE, [subscription_id, at, at, [new_id() for _ in messages], messages])
        WebhookSubscription.objects.filter(pk=row.pk).update(last_seq=until)
    return len(messages)
