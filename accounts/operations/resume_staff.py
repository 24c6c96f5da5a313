"""Let a suspended member of staff in again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import StaffUser
from accounts.operations.move_staff import move_staff
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


def resume_staff(*, staff_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Make a SUSPENDED person ACTIVE, with password, factors and roles as they were. Refuses as ``move_staff`` does."""

    def mark(staff: StaffUser) -> None:
        # An invited person becomes active by coming in, not by somebody else's word.
        if staff.status != StaffUser.Status.SUSPENDED:
            raise Refusal("STATE_CHANGED", f"{staff.name} is {staff.status}.", status=409)
        staff.mark_active(at=at)

    with transaction.atomic(durable=True):
        move_staff(staff_id=staff_id, verb="resume", reason=reason, actor=actor, at=at, mark=mark)
