"""Set a control on an identity: what its profiles may do follows in the same statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.controls import CLIENT_REASONS, FIRM_REASONS, KINDS, may_be_overridable
from accounts.models import Identity, IdentityControl
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

CLIENT, OPERATOR, SYSTEM = IdentityControl.SetBy.CLIENT, IdentityControl.SetBy.OPERATOR, IdentityControl.SetBy.SYSTEM
SUPERSEDED = "Another control of the kind took its place."


@dataclass(frozen=True, slots=True)
class ControlWish:
    """What is to be set: one of KINDS, a reason code, a note without personal data, and whether the client may lift it."""

    kind: str
    reason_code: str
    note: str = ""
    is_overridable: bool = False


def set_control(*, identity_id: UUID, wish: ControlWish, set_by: str, actor: Actor, at: datetime) -> UUID:
    """Set a control for CLIENT, OPERATOR (the firm) or SYSTEM (a rule) and answer its id. Joins the caller's transaction.

    A client lifts what it set itself, whatever ``is_overridable`` says. Where the kind is active already and the client could
    lift that one, a control of the firm that it could not lift takes its place, so the wish of the firm outlives the client's.
    Refuses an identity that is not there, a kind or reason that the setter does not give (CONTROL_NOT_ALLOWED), a freeze or an
    order of law that is to be overridable (CONTROL_NOT_ALLOWED), and a kind that is active already (409 ALREADY_EXISTS with it).
    """
    _check(wish, set_by)
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id)
        active = IdentityControl.objects.filter(identity=identity, kind=wish.kind, cleared_at__isnull=True).first()
        if active is not None:
            if not _takes_its_place(active, wish, set_by):
                raise Refusal(
                    "ALREADY_EXISTS",
                    f"The control {wish.kind} is set already.",
                    meta={"existing": str(active.pk)},
                    status=409,
                )
            active.mark_cleared(at=max(at, active.set_at), by=actor.id, note=SUPERSEDED)
            identity.mark_changed(at=at)
            note_control(identity, active, verb="clear_control", actor=actor, at=at)
        control = IdentityControl.objects.create(
            identity=identity,
            kind=wish.kind,
            set_by=set_by,
            set_by_id=actor.id,
            is_overridable=_is_overridable(wish, set_by),
            reason_code=wish.reason_code,
            note=wish.note,
            set_at=at,
        )
        identity.mark_changed(at=at)
        note_control(identity, control, verb="set_control", actor=actor, at=at)
    return control.pk


def note_control(
    identity: Identity,
    control: IdentityControl,
    *,
    verb: str,
    actor: Actor,
    at: datetime,
    approval_id: UUID | None = None,
) -> None:
    """Write down that a control was set or cleared. The client's stream hears its kind, never its reason."""
    is_active = control.is_active
    note_identity(
        identity=identity,
        deed=Deed(
            verb=verb,
            topic="controls_changed",
            changes=[
                changed("control", None if is_active else control.kind, control.kind if is_active else None),
                changed("control_id", None, str(control.pk)),
                changed("reason_code", None, control.reason_code),
                changed("set_by", None, control.set_by),
            ],
            payload={"control_id": str(control.pk), "kind": control.kind, "change": "SET" if is_active else "CLEARED"},
            reason=control.note if is_active else control.cleared_note,
            approval_id=approval_id,
        ),
        actor=actor,
        at=at,
    )


def _check(wish: ControlWish, set_by: str) -> None:
    reasons = CLIENT_REASONS if set_by == CLIENT else (*CLIENT_REASONS, *FIRM_REASONS)
    if wish.kind not in KINDS or wish.reason_code not in reasons:
        raise Refusal(
            "CONTROL_NOT_ALLOWED",
            f"{wish.kind} for {wish.reason_code} is not set by {set_by}.",
            meta={"kinds": list(KINDS), "reason_codes": list(reasons)},
        )
    if wish.is_overridable and not may_be_overridable(kind=wish.kind, reason_code=wish.reason_code):
        raise Refusal("CONTROL_NOT_ALLOWED", "A freeze and an order of law are never overridable.")


def _is_overridable(wish: ControlWish, set_by: str) -> bool:
    if set_by == CLIENT:
        return may_be_overridable(kind=wish.kind, reason_code=wish.reason_code)
    return wish.is_overridable


def _takes_its_place(active: IdentityControl, wish: ControlWish, set_by: str) -> bool:
    """Whether the new one binds where the active one does not: the firm's own, over one that the client could lift."""
    return set_by != CLIENT and not wish.is_overridable and (active.set_by == CLIENT or active.is_overridable)
