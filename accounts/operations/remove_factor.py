"""Take a second factor away from the person who has it."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import StaffUser
from accounts.queries.staff import KIND_OF_TYPE
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def remove_factor(*, staff_id: UUID, factor_id: int, actor: Actor, at: datetime) -> None:
    """Remove one; never the last, for an active person has a second factor (LAST_FACTOR)."""
    with transaction.atomic(durable=True):
        StaffUser.objects.select_for_update(no_key=True).get(pk=staff_id)
        real = Authenticator.objects.filter(user_id=staff_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
        factor = real.filter(pk=factor_id).first()
        if factor is None:
            raise NotFound("second factor")
        if real.count() == 1:
            raise Refusal("LAST_FACTOR", "This is the only second factor: add another one first.")
        record_audit(
            actor=actor,
            action="accounts.staff_user.remove_factor",
            object_type="accounts.staff_user",
            object_id=staff_id,
            at=at,
            changes=[{"field": "factor", "before": KIND_OF_TYPE[factor.type], "after": None}],
        )
        factor.delete()
