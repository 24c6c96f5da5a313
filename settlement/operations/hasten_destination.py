"""End the cooling-off of a destination early: only under DESTINATION_ADD, by people."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import Destination
from settlement.operations.add_destination import OBJECT_TYPE, note_destination

DESTINATION_ADD = "DESTINATION_ADD"


def hasten_destination(*, destination_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that a PENDING destination may be used once people have approved it. Joins the caller's transaction.

    Refuses one that is not there (``NotFound``) or whose cooling-off is over or that was removed (409 STATE_CHANGED), no reason
    (REASON_MISSING), a policy that asks nobody (APPROVAL_NEEDED), and what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "It is said why it cannot wait.")
    with transaction.atomic():
        # Looked at, not locked: whoever decides an earlier wish holds the request and waits for the destination. What it is by
        # then is asked again as the wish is carried out.
        destination = Destination.objects.filter(pk=destination_id).first()
        if destination is None:
            raise NotFound("destination")
        _refuse_usable(destination, at)
        wish = Wish(
            action=DESTINATION_ADD,
            subject_type=OBJECT_TYPE,
            subject_id=destination.pk,
            payload={
                "destination_id": str(destination.pk),
                "entity_id": str(destination.entity_id),
                "address": destination.address,
                "usable_from": destination.usable_from.isoformat(),
                "reason": reason,
            },
            reason=reason,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def execute_destination_add(execution: Execution) -> dict[str, str]:
    """What DESTINATION_ADD does once it is approved: ACTIVE from then on.

    Refuses where nobody approved it (APPROVAL_NEEDED): without a second person it waits its time, whatever the policy says; and
    where it was removed or is usable already (409 STATE_CHANGED).
    """
    destination = _lock(UUID(execution.payload["destination_id"]))
    _refuse_usable(destination, execution.at)
    if execution.approval_id is None:
        raise Refusal("APPROVAL_NEEDED", "A cooling-off ends early by approval alone; the policy asks nobody.")
    destination.mark_usable(approval_id=execution.approval_id, at=execution.at)
    note_destination(
        destination,
        verb="hasten",
        topic="activated",
        actor=execution.requester,
        at=execution.at,
        reason=str(execution.payload["reason"]),
        approval_id=execution.approval_id,
    )
    return {"destination_id": str(destination.pk)}


def describe_destination_add(payload: Payload) -> Description:
    """The wish in words. Refuses a destination that is not there."""
    destination = (
        Destination.objects.select_related("entity", "rail__asset").filter(pk=UUID(payload["destination_id"])).first()
    )
    if destination is None:
        raise NotFound("destination")
    whom = destination.beneficiary_name or "a person"
    return Description(
        title=f"Let {destination.entity.shown_name} use {destination.label} at once",
        changes=[
            ("address", None, f"{destination.address} ({destination.rail.asset.code} by {destination.rail.network})"),
            ("beneficiary", None, f"{whom}, {destination.beneficiary_country}"),
            ("usable_from", f"{payload['usable_from'][:16].replace('T', ' ')} UTC", "once approved"),
        ],
        effect="Withdrawals may go there once it is approved. The cooling-off is there for what the client never added.",
    )


def _lock(destination_id: UUID) -> Destination:
    destination = (
        Destination.objects.select_for_update(no_key=True, of=("self",))
        .select_related("rail")
        .filter(pk=destination_id)
        .first()
    )
    if destination is None:
        raise NotFound("destination")
    return destination


def _refuse_usable(destination: Destination, at: datetime) -> None:
    if destination.status != Destination.Status.PENDING or destination.is_usable(at):
        raise Refusal(
            "STATE_CHANGED",
            "It was removed, or its cooling-off is over.",
            meta={"status": destination.status, "usable_from": destination.usable_from.isoformat()},
            status=409,
        )
