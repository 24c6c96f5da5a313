"""Take back what one asked for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.approving import CANCELLED
from accounts.models import ApiCredential, ApprovalRequest, StaffUser
from accounts.operations.announce_approval import announce_approval
from accounts.operations.end_wish import end_wish
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def cancel_approval(*, approval_id: UUID, actor: Actor, at: datetime, reason: str = "") -> None:
    """End a pending request. Only who asked may: the same human, or a program of the same entity.

    Refuses anybody else (403 APPROVAL_IS_OF_ANOTHER) and a request that is decided or expired (409 APPROVAL_ALREADY_DECIDED).
    """
    with transaction.atomic(durable=True):
        request = ApprovalRequest.objects.select_for_update(no_key=True).filter(pk=approval_id).first()
        if request is None:
            raise NotFound("approval")
        if not _is_maker(request, actor):
            raise Refusal("APPROVAL_IS_OF_ANOTHER", "Only who asked for it takes it back.", status=403)
        if not request.is_pending:
            raise Refusal(
                "APPROVAL_ALREADY_DECIDED",
                f"It is {request.status} already.",
                meta={"status": request.status},
                status=409,
            )
        request.mark_ended(CANCELLED, at=at)
        record_audit(
            actor=actor,
            action="accounts.approval.cancel",
            object_type="accounts.approval",
            object_id=request.id,
            at=at,
            changes=[{"field": "status", "before": "PENDING", "after": CANCELLED}],
            reason=reason,
            object_version=request.version,
            approval_id=request.id,
        )
        announce_approval(request, "cancelled")
        end_wish(request, actor=actor, at=at)


def _is_maker(request: ApprovalRequest, actor: Actor) -> bool:
    if request.requested_by_kind != actor.kind or actor.id is None or request.requested_by_id is None:
        return False
    if request.requested_by_id == actor.id:
        return True
    if actor.kind == "PERSON":
        return StaffUser.objects.get(pk=actor.id).person_id == request.requester_person
    if actor.kind != "CREDENTIAL":
        return False
    # A key is rotated; what the client asked for with the old one stays its own. Both are known, and of one entity.
    makers = ApiCredential.objects.filter(pk__in=[request.requested_by_id, actor.id]).values_list("pk", "entity_id")
    entities = dict(makers)
    return len(entities) == 2 and entities[request.requested_by_id] == entities[actor.id]
