"""Take a webhook's row for a change, and the words in which changes of it are recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.domain.webhook_target import TargetInvalid, parse_target
from accounts.domain.webhook_topics import MOST_TOPICS, are_topics
from accounts.gateways.webhook_sender import installed_rules
from accounts.models import WebhookSubscription
from accounts.operations.lock_identity import stale
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

WEBHOOK = "accounts.webhook"
FASTEST = 100


def lock_webhook(subscription_id: UUID, *, version: int | None = None) -> WebhookSubscription:
    """The row, locked until the transaction ends. Refuses one that is not there or was deleted, and another version (412)."""
    found = (
        WebhookSubscription.objects.select_for_update(no_key=True).filter(id=subscription_id, deleted_at=None).first()
    )
    if found is None:
        raise NotFound("webhook subscription")
    if version is not None and found.version != version:
        raise stale(found.version)
    return found


def refuse_unsound(terms: Mapping[str, Any]) -> None:
    """Refuse an address that no webhook may have (WEBHOOK_URL_INVALID, why), topics that are none (WEBHOOK_TOPICS_INVALID)
    and a pace out of bounds (WEBHOOK_PACE_INVALID).
    """
    if "url" in terms:
        try:
            parse_target(terms["url"], installed_rules())
        except TargetInvalid as invalid:
            raise Refusal(
                "WEBHOOK_URL_INVALID", "No webhook may have this address.", meta={"why": str(invalid)}
            ) from None
    if "topics" in terms and not (1 <= len(terms["topics"]) <= MOST_TOPICS and are_topics(terms["topics"])):
        raise Refusal(
            "WEBHOOK_TOPICS_INVALID", f"Name 1 to {MOST_TOPICS} topics: app.noun.verb, app.noun.*, app.* or *."
        )
    if "max_per_second" in terms and not 1 <= terms["max_per_second"] <= FASTEST:
        raise Refusal("WEBHOOK_PACE_INVALID", f"A webhook is sent 1 to {FASTEST} messages a second.")


def note_webhook(
    subscription: WebhookSubscription,
    verb: str,
    *,
    changes: Mapping[str, tuple[Any, Any]],
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    """The audit entry of what was done: field -> (before, after)."""
    record_audit(
        actor=actor,
        action=f"accounts.webhook.{verb}",
        object_type=WEBHOOK,
        object_id=subscription.id,
        at=at,
        changes=[{"field": name, "before": before, "after": after} for name, (before, after) in changes.items()],
        reason=reason,
        object_version=subscription.version,
    )
