"""Have a program of a client told of events."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.webhook_signature import SECRET_BYTES, secret_text
from accounts.gateways.webhook_secret import seal_secret
from accounts.models import Entity, Organisation, WebhookSubscription
from accounts.operations.lock_webhook import note_webhook, refuse_unsound
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from core.queries.streams import get_head

MOST = 10


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A new subscription with its secret, which nobody can read again."""

    subscription_id: UUID
    secret: str


def create_webhook(
    *, entity_id: UUID, url: str, topics: Sequence[str], max_per_second: int = 10, actor: Actor, at: datetime
) -> ShownWebhook:
    """Subscribe ``url`` to the entity's events from now on; joins the caller's transaction.

    Refuses an unsound address, topics or pace, an entity that is closed (ENTITY_CLOSED) and an eleventh subscription
    (TOO_MANY_WEBHOOKS).
    """
    terms = {"url": url, "topics": list(topics), "max_per_second": max_per_second}
    refuse_unsound(terms)
    subscription_id, secret = new_id(), secret_text(secrets.token_bytes(SECRET_BYTES))
    sealed = seal_secret(secret, subscription_id=subscription_id)
    with transaction.atomic():
        entity = _lock_entity(entity_id)
        stream_id = None if entity.organisation.kind == Organisation.Kind.FIRM else entity_id
        subscription = WebhookSubscription.objects.create(
            id=subscription_id,
            entity=entity,
            slot=_free_slot(entity_id),
            stream_id=stream_id,
            sealed_secret=sealed,
            last_seq=get_head(entity_id=stream_id),
            created_at=at,
            updated_at=at,
            **terms,
        )
        changes = {name: (None, value) for name, value in terms.items()}
        note_webhook(subscription, "create", changes=changes, actor=actor, at=at)
    return ShownWebhook(subscription_id, secret)


def _lock_entity(entity_id: UUID) -> Entity:
    found = Entity.objects.select_related("organisation").select_for_update(no_key=True, of=("self",))
    entity = found.filter(id=entity_id).first()
    if entity is None:
        raise NotFound("entity")
    if entity.status != Entity.Status.ACTIVE:
        raise Refusal("ENTITY_CLOSED", "The entity is closed.")
    return entity


def _free_slot(entity_id: UUID) -> int:
    taken = set(WebhookSubscription.objects.filter(entity_id=entity_id, deleted_at=None).values_list("slot", flat=True))
    free = sorted(set(range(1, MOST + 1)) - taken)
    if not free:
        raise Refusal("TOO_MANY_WEBHOOKS", f"An entity has at most {MOST} webhook subscriptions.", meta={"most": MOST})
    return free[0]
