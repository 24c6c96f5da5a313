"""A person changes their password."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import StaffUser
from accounts.operations.end_sessions import end_sessions
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor, record_audit


def change_password(*, staff_id: UUID, password: str, keep_session: str, actor: Actor, at: datetime) -> StaffUser:
    """Set the password and end every session but the one of ``keep_session`` (the hash of its key). Refuses PASSWORD_WEAK."""
    with transaction.atomic(durable=True):
        staff = StaffUser.objects.select_for_update(no_key=True).get(pk=staff_id)
        set_checked_password(staff, password)
        end_sessions(staff_id=staff_id, actor=actor, at=at, but=keep_session)
        record_audit(
            actor=actor,
            action="accounts.staff_user.change_password",
            object_type="accounts.staff_user",
            object_id=staff_id,
            at=at,
        )
    return staff


def set_checked_password(staff: StaffUser, password: str) -> None:
    """Set it, unless it is too weak (PASSWORD_WEAK, with each reason)."""
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Refusal("PASSWORD_WEAK", " ".join(error.messages)) from error
    staff.set_password(password)
    staff.save(update_fields=["password"])
