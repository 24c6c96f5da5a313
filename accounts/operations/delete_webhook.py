"""End a webhook."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.operations.lock_webhook import lock_webhook, note_webhook
from core.operations.record_audit import Actor


def delete_webhook(*, subscription_id: UUID, actor: Actor, at: datetime) -> None:
    """End it for ever: nothing more is sent, its secrets are gone, what it was sent is swept. Joins the caller's transaction.

    Refuses a subscription that is not there; a deleted one is not.
    """
    with transaction.atomic():
        subscription = lock_webhook(subscription_id)
        before = subscription.status
        subscription.mark_deleted(at=at)
        note_webhook(subscription, "delete", changes={"status": (before, None)}, actor=actor, at=at)
