"""Tell the action of a request that nothing came of it."""

from datetime import datetime

from accounts.approvable import Ending, get_action
from accounts.models import ApprovalRequest
from core.operations.record_audit import Actor


def end_wish(request: ApprovalRequest, *, actor: Actor, at: datetime) -> None:
    """Let what waits for ``request`` know that it is REJECTED, CANCELLED, EXPIRED or FAILED; joins the caller's transaction."""
    end = get_action(request.action).end
    if end is not None:
        end(Ending(request.id, request.payload, request.status, request.outcome_code, actor, at))
