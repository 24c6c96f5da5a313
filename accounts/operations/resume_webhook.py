"""Go on sending to a webhook that was paused, or broken."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.models.webhook_delivery import WAITING
from accounts.operations.lock_webhook import lock_webhook, note_webhook
from core.operations.record_audit import Actor


def resume_webhook(
    *, subscription_id: UUID, version: int | None = None, reason: str = "", actor: Actor, at: datetime
) -> None:
    """Resume it; joins the caller's transaction. What waits is due at once and has its 72 hours anew, what happened meanwhile
    follows, and what failed before is forgotten.

    One that is ACTIVE stays as it is. Refuses a subscription that is not there, and another version (412 PRECONDITION_FAILED).
    """
    with transaction.atomic():
        subscription = lock_webhook(subscription_id, version=version)
        before = subscription.status
        if before == WebhookSubscription.Status.ACTIVE:
            return
        subscription.mark_status(WebhookSubscription.Status.ACTIVE, at=at)
        subscription.mark_sound()
        waiting = WebhookDelivery.objects.filter(subscription=subscription, message__isnull=False, status__in=WAITING)
        waiting.update(status=WebhookDelivery.Status.PENDING, attempts=0, first_attempt_at=None, due_at=at)
        note_webhook(subscription, "resume", changes={"status": (before, "ACTIVE")}, actor=actor, at=at, reason=reason)
