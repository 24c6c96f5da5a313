"""Webhooks and what was delivered to them, as clients and the house see them; nobody sees a secret."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.models.webhook_delivery import WAITING
from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound


def list_entity_webhooks(*, entity_id: UUID) -> QuerySet[WebhookSubscription]:
    """The entity's subscriptions; deleted ones are gone."""
    return WebhookSubscription.objects.filter(entity_id=entity_id, deleted_at=None)


def access_webhook(*, subscription_id: UUID, entity_id: UUID) -> WebhookSubscription:
    """The subscription, if it is the entity's; otherwise there is no such subscription."""
    found = list_entity_webhooks(entity_id=entity_id).filter(id=subscription_id).first()
    if found is None:
        raise NotFound("webhook subscription")
    return found


def list_deliveries(*, subscription_id: UUID) -> QuerySet[WebhookDelivery]:
    """What was sent to a subscription or will be, with its messages."""
    return WebhookDelivery.objects.filter(subscription_id=subscription_id).select_related("message")


def count_waiting(subscription_id: UUID) -> int:
    """How many deliveries wait."""
    return WebhookDelivery.objects.filter(subscription_id=subscription_id, status__in=WAITING).count()


def list_webhooks(*, text: str = "", state: str = "") -> QuerySet[WebhookSubscription]:
    """Everybody's subscriptions with their entities, for the house: by address or entity, and by state (FAILING: ACTIVE, and
    failing).
    """
    rows = WebhookSubscription.objects.filter(deleted_at=None).select_related("entity__organisation")
    if text:
        rows = rows.filter(Q(url__icontains=text) | Q(entity__reference__icontains=text) | is_named(text, "entity__"))
    if state == "FAILING":
        return rows.filter(status="ACTIVE", failing_since__isnull=False)
    return rows.filter(status=state) if state else rows


def get_webhook(*, subscription_id: UUID) -> WebhookSubscription:
    """One subscription with its entity, for the house. Refuses an unknown one, and a deleted one, with ``NotFound``."""
    found = list_webhooks().filter(id=subscription_id).first()
    if found is None:
        raise NotFound("webhook subscription")
    return found
