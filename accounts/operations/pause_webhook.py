"""Send a webhook nothing for now."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import WebhookSubscription
from accounts.operations.lock_webhook import lock_webhook, note_webhook
from core.operations.record_audit import Actor


def pause_webhook(
    *, subscription_id: UUID, version: int | None = None, reason: str = "", actor: Actor, at: datetime
) -> None:
    """Pause it; joins the caller's transaction. What happens meanwhile is sent once it is resumed.

    One that is BROKEN or paused stays so. Refuses a subscription that is not there, and another version (412
    PRECONDITION_FAILED).
    """
    with transaction.atomic():
        subscription = lock_webhook(subscription_id, version=version)
        if subscription.status != WebhookSubscription.Status.ACTIVE:
            return
        subscription.mark_status(WebhookSubscription.Status.PAUSED, at=at)
        changes = {"status": ("ACTIVE", "PAUSED")}
        note_webhook(subscription, "pause", changes=changes, actor=actor, at=at, reason=reason)
