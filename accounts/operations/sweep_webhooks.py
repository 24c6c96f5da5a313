"""Break the webhooks that have failed for 72 hours, and sweep the log of deliveries."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.domain.webhook_retries import WINDOW
from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.operations.lock_webhook import note_webhook
from core.operations.record_audit import SYSTEM

BREAK_MOST = 500
SWEEP_MOST = 10_000
Status = WebhookSubscription.Status


def sweep_webhooks(*, at: datetime) -> int:
    """Make BROKEN what has answered nothing well for 72 hours, and end old rows of the log; answers how many were broken.

    A broken one is sent nothing until its client resumes it; what waits for it stays, and so do the events in the stream. One
    that somebody has just now, or that is no longer failing, is left.
    """
    failing = WebhookSubscription.objects.filter(status=Status.ACTIVE, failing_since__lte=at - WINDOW, deleted_at=None)
    found = failing.order_by("failing_since").values_list("pk", flat=True)[:BREAK_MOST]
    broken = sum(_break(pk, at) for pk in found)
    _sweep_log(at)
    return broken


def _break(pk: UUID, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        rows = WebhookSubscription.objects.select_for_update(no_key=True, skip_locked=True)
        subscription = rows.filter(pk=pk, status=Status.ACTIVE, failing_since__lte=at - WINDOW, deleted_at=None).first()
        if subscription is None:
            return False
        subscription.mark_status(Status.BROKEN, at=at)
        note_webhook(
            subscription,
            "break",
            changes={"status": ("ACTIVE", "BROKEN")},
            actor=SYSTEM,
            at=at,
            reason="Every try has failed for 72 hours.",
        )
    return True


def _sweep_log(at: datetime) -> None:
    old = WebhookDelivery.objects.filter(ended_at__lt=at - timedelta(days=settings.WEBHOOK_LOG_DAYS))
    gone = WebhookDelivery.objects.filter(subscription__deleted_at__isnull=False)
    for rows in (old, gone):
        WebhookDelivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:SWEEP_MOST])).delete()
