"""Write down who did what; runs in the transaction of the act itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a credential, an algorithm or the house itself, and from where."""

    kind: str
    id: UUID | None
    request_id: str = ""
    source_ip: str | None = None


SYSTEM = Actor(kind="SYSTEM", id=None)


def record_audit(  # noqa: PLR0913 - an entry has this many parts
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: UUID | str,
    at: datetime,
    changes: Sequence[dict[str, Any]] = (),
    reason: str = "",
    object_version: int | None = None,
    approval_id: UUID | None = None,
) -> None:
    """One audit entry. ``action`` is ``app.noun.verb``; ``changes`` are ``{"field", "before", "after"}`` with plain values.

    ``object_version`` is the version that the object has after the act, ``approval_id`` the approval that let it happen.
    """
    AuditEntry.objects.create(
        actor_id=actor.id,
        actor_kind=actor.kind,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        changes=list(changes),
        reason=reason,
        object_version=object_version,
        approval_id=approval_id,
        request_id=actor.request_id,
        source_ip=actor.source_ip,
        event_at=at,
    )
