"""Write down what was done to an identity, for the record and for its client's stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Identity
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit

OBJECT_TYPE = "accounts.identity"


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done: the audit's verb, the message's topic after ``accounts.identity.``, the fields that changed.

    None of it holds a natural person's data: names of details, never their values.
    """

    verb: str
    topic: str
    changes: Sequence[dict[str, Any]] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    # The approval that let it happen.
    approval_id: UUID | None = None


def changed(name: str, before: Any, after: Any) -> dict[str, Any]:
    """One change of one field, as an audit entry lists it."""
    return {"field": name, "before": before, "after": after}


def note_identity(*, identity: Identity, deed: Deed, actor: Actor, at: datetime) -> None:
    """One audit entry and one message on IDENTITIES, in the caller's transaction, after the identity was stored."""
    record_audit(
        actor=actor,
        action=f"accounts.identity.{deed.verb}",
        object_type=OBJECT_TYPE,
        object_id=identity.id,
        at=at,
        changes=deed.changes,
        reason=deed.reason,
        object_version=identity.version,
        approval_id=deed.approval_id,
    )
    publish_message(
        topic=f"accounts.identity.{deed.topic}",
        channel="IDENTITIES",
        entity_id=identity.entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=identity.id,
        payload={"reference": identity.reference, "version": identity.version, **deed.payload},
    )
