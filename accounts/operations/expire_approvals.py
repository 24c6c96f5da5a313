"""End what nobody decided in time."""

from datetime import datetime

from django.db import transaction

from accounts.domain.approving import EXPIRED, PENDING
from accounts.models import ApprovalRequest
from accounts.operations.announce_approval import announce_approval
from accounts.operations.end_wish import end_wish
from core.operations.record_audit import SYSTEM, record_audit


def expire_approvals(*, at: datetime, limit: int = 500) -> int:
    """Make EXPIRED up to ``limit`` pending requests that are past their end, oldest first; answers how many.

    One that somebody is deciding at this moment is left to the next sweep: the decision itself refuses what is past its end.
    """
    with transaction.atomic(durable=True):
        overdue = ApprovalRequest.objects.select_for_update(no_key=True, skip_locked=True).filter(
            status=PENDING, expires_at__lte=at
        )
        ended = list(overdue.order_by("expires_at", "id")[:limit])
        for request in ended:
            end_expired(request, at=at)
    return len(ended)


def end_expired(request: ApprovalRequest, *, at: datetime) -> None:
    """Make one pending request, which is past its end and locked, EXPIRED; joins the caller's transaction."""
    request.mark_ended(EXPIRED, at=at)
    record_audit(
        actor=SYSTEM,
        action="accounts.approval.expire",
        object_type="accounts.approval",
        object_id=request.id,
        at=at,
        changes=[{"field": "status", "before": PENDING, "after": EXPIRED}],
        object_version=request.version,
        approval_id=request.id,
    )
    announce_approval(request, "expired")
    end_wish(request, actor=SYSTEM, at=at)
