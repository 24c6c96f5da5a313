"""Lift a control from an identity: at once, or after a second person has agreed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.domain.controls import may_client_clear
from accounts.models import Identity, IdentityControl
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.lock_identity import lock_identity
from accounts.operations.set_control import CLIENT, note_control
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor

CONTROL_CLEAR = "CONTROL_CLEAR"


def clear_control(
    *, control_id: UUID, identity_id: UUID, cleared_for: str, note: str = "", actor: Actor, at: datetime
) -> Outcome:
    """Lift a control of the identity for CLIENT, OPERATOR or SYSTEM. Joins the caller's transaction.

    A client lifts what it set itself and what is overridable, but for freezes and orders of law (422 CONTROL_NOT_OVERRIDABLE).
    The firm lifts everything; a freeze and an order of law by approval (CONTROL_CLEAR), also when a rule of the house would.
    The wish waits in the firm's own stream: a client is not told that its freeze is thought about. Lifting again what is lifted
    does nothing. Refuses a control that is not there or another identity's.
    """
    with transaction.atomic():
        identity, control = _lock(identity_id, control_id)
        if not control.is_active:
            return Outcome(None, {"control_id": str(control.pk)})
        if cleared_for == CLIENT and not may_client_clear(
            kind=control.kind,
            reason_code=control.reason_code,
            set_by=control.set_by,
            is_overridable=control.is_overridable,
        ):
            raise Refusal(
                "CONTROL_NOT_OVERRIDABLE",
                f"The control {control.kind} is lifted by the firm alone.",
                meta={"control_id": str(control.pk)},
            )
        if control.needs_approval_to_clear:
            wish = Wish(
                action=CONTROL_CLEAR,
                subject_type="accounts.identity_control",
                subject_id=control.pk,
                payload={"control_id": str(control.pk), "identity_id": str(identity.pk), "note": note},
                reason=note,
            )
            return carry_out(wish=wish, actor=actor, at=at)
        _clear(identity, control, note=note, actor=actor, at=at)
    return Outcome(None, {"control_id": str(control.pk)})


def execute_clearing(execution: Execution) -> dict[str, str]:
    """What CONTROL_CLEAR does once it is approved. Refuses a control that was lifted meanwhile (409 STATE_CHANGED)."""
    said = execution.payload
    identity, control = _lock(UUID(said["identity_id"]), UUID(said["control_id"]))
    if not control.is_active:
        raise Refusal("STATE_CHANGED", "The control is lifted already.", status=409)
    _clear(
        identity,
        control,
        note=said["note"],
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"control_id": str(control.pk)}


def describe_clearing(payload: Payload) -> Description:
    """The wish to lift a control, in words. Refuses one that is not there."""
    control = IdentityControl.objects.select_related("identity").filter(pk=UUID(payload["control_id"])).first()
    if control is None:
        raise NotFound("control")
    return Description(
        title=f"Lift {control.kind} from identity {control.identity.reference}",
        changes=[("control", control.kind, None), ("reason it was set for", control.reason_code, None)],
        effect="What the control forbids to the profiles of this identity is allowed again, unless something else forbids it.",
    )


def _lock(identity_id: UUID, control_id: UUID) -> tuple[Identity, IdentityControl]:
    identity = lock_identity(identity_id=identity_id)
    control = IdentityControl.objects.select_for_update(no_key=True).filter(pk=control_id, identity=identity).first()
    if control is None:
        raise NotFound("control")
    return identity, control


def _clear(
    identity: Identity,
    control: IdentityControl,
    *,
    note: str,
    actor: Actor,
    at: datetime,
    approval_id: UUID | None = None,
) -> None:
    control.mark_cleared(at=max(at, control.set_at), by=actor.id, note=note)
    identity.mark_changed(at=at)
    note_control(identity, control, verb="clear_control", actor=actor, at=at, approval_id=approval_id)
