"""A member of staff leaves for good."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Greatest

from accounts.models import RoleGrant, StaffInvitation, StaffUser
from accounts.operations.move_staff import Changes, move_staff
from core.operations.record_audit import Actor


def end_staff(*, staff_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Make a person LEFT: sessions and roles end, an open invitation opens nothing. Refuses as ``move_staff`` does."""

    def mark(staff: StaffUser) -> Changes:
        ended = end_grants(staff, at)
        StaffInvitation.objects.filter(staff=staff, used_at__isnull=True, replaced_at__isnull=True).update(
            replaced_at=at
        )
        staff.mark_left(at=at)
        return ended

    with transaction.atomic(durable=True):
        move_staff(staff_id=staff_id, verb="end", reason=reason, actor=actor, at=at, mark=mark)


def end_grants(staff: StaffUser, at: datetime) -> Changes:
    """End every role that a person has; joins the caller's transaction. Answers which, for the record."""
    active = RoleGrant.objects.filter(staff=staff, ended_at__isnull=True)
    names = list(active.select_for_update(of=("self",)).order_by("role__name").values_list("role__name", flat=True))
    active.update(ended_at=Greatest("granted_at", at))
    return [{"field": "role", "before": name, "after": None} for name in names]
