"""Change where a webhook points, what it is told of, how fast."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.operations.lock_webhook import lock_webhook, note_webhook, refuse_unsound
from core.operations.record_audit import Actor


def change_webhook(
    *, subscription_id: UUID, changes: Mapping[str, Any], version: int | None = None, actor: Actor, at: datetime
) -> None:
    """Change ``url``, ``topics`` or ``max_per_second``; joins the caller's transaction. What is so already changes nothing.

    What was looked through before is not sent again under other topics: ``replay_webhook`` does that. Another address is one that
    has not failed. Refuses a subscription that is not there or has changed since ``version`` (412 PRECONDITION_FAILED), and
    unsound terms.
    """
    wanted = {name: list(value) if name == "topics" else value for name, value in changes.items()}
    refuse_unsound(wanted)
    with transaction.atomic():
        subscription = lock_webhook(subscription_id, version=version)
        other = {name: value for name, value in wanted.items() if getattr(subscription, name) != value}
        if not other:
            return
        told = {name: (getattr(subscription, name), value) for name, value in other.items()}
        subscription.mark_terms(at=at, **other)
        if "url" in other and subscription.status != subscription.Status.BROKEN:
            subscription.mark_sound()
        note_webhook(subscription, "change", changes=told, actor=actor, at=at)
