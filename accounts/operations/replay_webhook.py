"""Send a webhook again what it was sent, or was not."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.operations.lock_webhook import lock_webhook, note_webhook
from accounts.queries.webhook_messages import list_message_ids
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import Actor

MOST_NUMBERS = 100_000
MOST_MESSAGES = 10_000
_AGAIN = """
INSERT INTO accounts_webhookdelivery (id, subscription_id, message_id, status, attempts, due_at, created_at)
SELECT w.id, %s, w.message_id, 'PENDING', 0, %s, %s FROM unnest(%s::uuid[], %s::bigint[]) AS w (id, message_id)
ON CONFLICT (subscription_id, message_id) DO UPDATE SET status = 'PENDING', attempts = 0, due_at = EXCLUDED.due_at,
    first_attempt_at = NULL, ended_at = NULL
"""


def replay_webhook(
    *, subscription_id: UUID, after: int, until: int | None = None, reason: str = "", actor: Actor, at: datetime
) -> int:
    """Send the events with numbers above ``after``, up to ``until`` or all, that its topics name; answers how many. Joins the
    caller's transaction.

    Each is sent under the id that it always had. Only what was looked through for it counts: what is newer comes by itself. One
    that is not ACTIVE has them once it is resumed. Refuses a subscription that is not there, and more than 100,000 numbers or
    10,000 events at once (REPLAY_TOO_LARGE, most).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        subscription = lock_webhook(subscription_id)
        last = subscription.last_seq if until is None else min(until, subscription.last_seq)
        if last - after > MOST_NUMBERS:
            raise _too_large(MOST_NUMBERS)
        messages = list_message_ids(
            stream_id=subscription.stream_id,
            topics=subscription.topics,
            after=after,
            until=last,
            limit=MOST_MESSAGES + 1,
        )
        if len(messages) > MOST_MESSAGES:
            raise _too_large(MOST_MESSAGES)
        cursor.execute(_AGAIN, [subscription_id, at, at, [new_id() for _ in messages], messages])
        changes = {"after": (None, after), "until": (None, last), "count": (None, len(messages))}
        note_webhook(subscription, "replay", changes=changes, actor=actor, at=at, reason=reason)
    return len(messages)


def _too_large(most: int) -> Refusal:
    return Refusal("REPLAY_TOO_LARGE", "Ask for less at once: say until where.", meta={"most": most})
