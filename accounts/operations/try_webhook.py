"""Send a webhook a test."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import WebhookDelivery
from accounts.models.webhook_delivery import WAITING
from accounts.operations.lock_webhook import lock_webhook, note_webhook
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


def try_webhook(*, subscription_id: UUID, actor: Actor, at: datetime) -> WebhookDelivery:
    """Have an event ``accounts.webhook.tested`` sent, once, also to one that is paused or broken; joins the caller's transaction.

    What comes of it is in the log of deliveries and has no other consequence. Refuses a subscription that is not there, and a
    second test while one waits (409 WEBHOOK_TEST_WAITS).
    """
    with transaction.atomic():
        subscription = lock_webhook(subscription_id)
        tests = WebhookDelivery.objects.filter(subscription=subscription, message__isnull=True, status__in=WAITING)
        if tests.exists():
            raise Refusal("WEBHOOK_TEST_WAITS", "A test is on its way: see what comes of it.", status=409)
        delivery = WebhookDelivery.objects.create(subscription=subscription, due_at=at, created_at=at)
        note_webhook(subscription, "test", changes={"test": (None, str(delivery.id))}, actor=actor, at=at)
    return delivery
