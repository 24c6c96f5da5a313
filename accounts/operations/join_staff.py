"""An invited person comes in: a password and a second factor, and with them the person is active."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import NewFactor
from accounts.models import StaffInvitation, StaffUser
from accounts.operations.add_factor import add_factor
from accounts.operations.change_password import set_checked_password
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor, record_audit


def join_staff(*, invitation_id: UUID, password: str, factor: NewFactor, actor: Actor, at: datetime) -> list[str]:
    """Use the invitation up: set the password, enrol the factor, make the person ACTIVE. Answers the recovery codes, once.

    Refuses an invitation that was used, replaced or is too old (INVITATION_OVER), a password that is too weak
    (PASSWORD_WEAK), and a one-time code that is wrong (FACTOR_REFUSED).
    """
    with transaction.atomic(durable=True):
        invitation = StaffInvitation.objects.select_for_update().filter(pk=invitation_id).first()
        if invitation is None or not invitation.is_open(at=at):
            raise Refusal("INVITATION_OVER", "This invitation was used, or is too old. Ask for a new one.")
        staff = StaffUser.objects.select_for_update().get(pk=invitation.staff_id)
        if staff.status != StaffUser.Status.INVITED:
            raise Refusal("INVITATION_OVER", "This invitation was used, or is too old. Ask for a new one.")
        set_checked_password(staff, password)
        codes = add_factor(staff_id=staff.pk, factor=factor, actor=actor, at=at)
        staff.mark_active(at=at)
        invitation.used_at = at
        invitation.save(update_fields=["used_at"])
        record_audit(
            actor=actor,
            action="accounts.staff_user.join",
            object_type="accounts.staff_user",
            object_id=staff.pk,
            at=at,
            changes=[{"field": "status", "before": "INVITED", "after": staff.status}],
            object_version=staff.version,
        )
    return codes
