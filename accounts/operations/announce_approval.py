"""Tell others what became of an approval request."""

from uuid import UUID

from accounts.models import ApiCredential, ApprovalRequest
from core.operations.publish_message import publish_message


def announce_approval(request: ApprovalRequest, verb: str, *, given: int = 0) -> None:
    """Write ``accounts.approval.{verb}`` to the outbox, in the caller's transaction.

    It goes to the entity whose program asked. What the firm's people or programs ask about a client is told to the firm alone.
    """
    publish_message(
        topic=f"accounts.approval.{verb}",
        channel="APPROVALS",
        entity_id=_asking_entity(request),
        subject_type="accounts.approval",
        subject_id=request.id,
        payload={
            "action": request.action,
            "subject_type": request.subject_type,
            "subject_id": request.subject_id,
            "status": request.status,
            "approvals": {"given": given, "required": request.approvals_required},
            "outcome_code": request.outcome_code or None,
        },
    )


def _asking_entity(request: ApprovalRequest) -> UUID | None:
    if request.entity_id is None or request.requested_by_id is None or request.requested_by_kind != "CREDENTIAL":
        return None
    is_its_own = ApiCredential.objects.filter(pk=request.requested_by_id, entity_id=request.entity_id).exists()
    return request.entity_id if is_its_own else None
