"""End a request for approval because what it was about has ended."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.approving import CANCELLED
from accounts.models import ApprovalRequest
from accounts.operations.announce_approval import announce_approval
from core.operations.record_audit import Actor, record_audit


def end_pending(*, approval_id: UUID, actor: Actor, at: datetime) -> None:
    """Make a PENDING request CANCELLED; one that is decided already stays as it is. Joins the caller's transaction.

    For the operation that owns the subject, which ends it in the same transaction: the action's ``end`` is not asked.
    """
    with transaction.atomic():
        request = ApprovalRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=approval_id)
        if not request.is_pending:
            return
        request.mark_ended(CANCELLED, at=at)
        record_audit(
            actor=actor,
            action="accounts.approval.cancel",
            object_type="accounts.approval",
            object_id=request.id,
            at=at,
            changes=[{"field": "status", "before": "PENDING", "after": CANCELLED}],
            reason="What it was about has ended.",
            object_version=request.version,
            approval_id=request.id,
        )
        announce_approval(request, "cancelled")
