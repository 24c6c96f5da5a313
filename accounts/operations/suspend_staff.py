"""Keep a member of staff out for a while."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.operations.move_staff import move_staff
from core.operations.record_audit import Actor


def suspend_staff(*, staff_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Suspend an ACTIVE person and end every session of theirs at once. Refuses as ``move_staff`` does."""
    with transaction.atomic(durable=True):
        move_staff(
            staff_id=staff_id,
            verb="suspend",
            reason=reason,
            actor=actor,
            at=at,
            mark=lambda staff: staff.mark_suspended(at=at),
        )
