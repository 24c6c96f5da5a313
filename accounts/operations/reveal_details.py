"""Show somebody's details in the clear, once it is written down that they were shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.masking import DAMAGED
from accounts.domain.personal_fields import FIELDS
from accounts.models import Identity
from accounts.queries.details import open_details
from core.domain.refusals import FieldError, NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

SHORTEST_REASON = 10
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class About:
    """The thing of another app whose subject is looked at: its type (``settlement.deposit``), id and version."""

    object_type: str
    object_id: UUID
    version: int


def reveal_details(
    *,
    subject_id: UUID,
    fields: Collection[str],
    reason: str,
    actor: Actor,
    at: datetime,
    about: About | None = None,
) -> dict[str, str]:
    """The asked fields in the clear, by name; one that is not kept is an empty text, one whose key was destroyed ``[erased]``.

    ``about`` says whose page it is that asks, where the subject is no identity; whoever calls has read the subject from it.
    The audit entry `accounts.identity.reveal` (or `<type>.reveal`) names the fields, never a value, and is committed before this
    returns: what was seen is in the record whatever happens to the answer. It opens a durable transaction of its own. Refuses a
    reason of fewer than ten characters (REASON_TOO_SHORT), no fields or unknown ones (FIELD_UNKNOWN), a subject that is nobody's,
    and a record that does not open (409 DETAILS_DAMAGED).
    """
    asked = sorted(set(fields))
    _refuse_careless(asked, reason.strip())
    with transaction.atomic(durable=True):
        about = about or _identity_of(subject_id)
        kept = open_details([subject_id])[subject_id]
        shown = {name: kept[name].text if name in kept else "" for name in asked}
        damaged = [name for name, text in shown.items() if text == DAMAGED]
        if damaged:
            raise Refusal("DETAILS_DAMAGED", "A detail does not open.", meta={"fields": damaged}, status=409)
        record_audit(
            actor=actor,
            action=f"{about.object_type}.reveal",
            object_type=about.object_type,
            object_id=about.object_id,
            object_version=about.version,
            at=at,
            changes=[{"field": "revealed", "before": None, "after": asked}],
            reason=reason.strip(),
        )
    return shown


def _identity_of(subject_id: UUID) -> About:
    identity = Identity.objects.filter(subject_id=subject_id).first()
    if identity is None:
        raise NotFound("identity")
    return About("accounts.identity", identity.pk, identity.version)


def _refuse_careless(asked: list[str], reason: str) -> None:
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        detail = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise Refusal(
            "REASON_TOO_SHORT" if len(reason) < SHORTEST_REASON else "REASON_TOO_LONG",
            detail,
            errors=[FieldError("/reason", "VALUE_INVALID", detail)],
        )
    unknown = [name for name in asked if name not in FIELDS]
    if unknown or not asked:
        raise Refusal("FIELD_UNKNOWN", "Ask for details that there are.", meta={"fields": unknown})
