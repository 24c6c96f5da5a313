"""Give a person new recovery codes in place of the old ones."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction

from accounts.models import StaffUser
from core.operations.record_audit import Actor, record_audit


def renew_recovery_codes(*, staff_id: UUID, actor: Actor, at: datetime) -> list[str]:
    """Ten new codes, which are answered once; those of before open nothing any more."""
    with transaction.atomic(durable=True):
        staff = StaffUser.objects.select_for_update(no_key=True).get(pk=staff_id)
        Authenticator.objects.filter(user=staff, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = list(RecoveryCodes.activate(staff).get_unused_codes())
        record_audit(
            actor=actor,
            action="accounts.staff_user.renew_recovery_codes",
            object_type="accounts.staff_user",
            object_id=staff.pk,
            at=at,
        )
    return codes
