"""Tell others what became of an approval request."""

from accounts.models import ApprovalRequest
from core.operations.publish_message import publish_message


def announce_approval(request: ApprovalRequest, verb: str, *, given: int = 0) -> None:
    """Write ``accounts.approval.{verb}`` to the outbox, in the caller's transaction: to its entity's stream, else the firm's."""
    publish_message(
        topic=f"accounts.approval.{verb}",
        channel="APPROVALS",
        entity_id=request.entity_id,
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
