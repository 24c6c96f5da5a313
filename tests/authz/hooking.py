"""Webhooks of the four tenants, and one delivery of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.operations.create_webhook import create_webhook
from accounts.operations.replay_webhook import replay_webhook
from core.clock import now
from core.operations.record_audit import Actor

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant


def make_webhook(_house: House, tenant: Tenant) -> str:
    """One that was sent nothing yet, and has what its stream told before it waiting; a second one is nobody's business."""
    actor = Actor("CREDENTIAL", tenant.client.credential.credential_id)
    ids: list[UUID] = []
    for number in range(2):
        url = f"https://hooks.example.com/{tenant.name}/{number}"
        made = create_webhook(entity_id=tenant.client.entity_id, url=url, topics=["*"], actor=actor, at=now())
        replay_webhook(subscription_id=made.subscription_id, after=0, actor=actor, at=now())
        ids.append(made.subscription_id)
    return str(ids[-1])


WEBHOOK_BODIES: dict[str, Callable[[Any, Any, int], dict[str, Any]]] = {
    "create_webhook_subscription": lambda _house, _tenant, number: {
        "url": f"https://hooks.example.com/cell/{number}",
        "topics": ["settlement.deposit.*"],
    },
    "change_webhook_subscription": lambda _house, _tenant, number: {"max_per_second": number % 90 + 1},
    "rotate_webhook_secret": lambda _house, _tenant, _number: {"overlap_seconds": 60, "replaces_oldest": True},
    "replay_webhook_subscription": lambda _house, _tenant, _number: {"after": 0},
}
