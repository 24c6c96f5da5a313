"""Give a person a new invitation: the last one is lost or too old, or the second factor is."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.contracts import InvitedStaff
from accounts.domain.staff_states import INVITED
from accounts.models import StaffUser
from accounts.operations.end_staff import end_grants
from accounts.operations.invite_staff import open_invitation
from accounts.operations.move_staff import Changes, move_staff, refuse_own
from accounts.queries.staff import KIND_OF_TYPE
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def invite_again(*, staff_id: UUID, reason: str, actor: Actor, at: datetime) -> InvitedStaff:
    """A new link in place of any other.

    Who was ACTIVE or SUSPENDED loses password, second factors and roles by it: whoever holds the link then holds nothing, and
    each role is granted anew under approval. Refuses as ``move_staff`` does.
    """

    def mark(staff: StaffUser) -> Changes:
        ended = [*end_grants(staff, at), *_end_factors(staff)]
        staff.set_unusable_password()
        staff.save(update_fields=["password"])
        staff.mark_invited_again(at=at)
        return ended

    with transaction.atomic(durable=True):
        found = StaffUser.objects.filter(pk=staff_id).first()
        if found is None:
            raise NotFound("member of staff")
        if found.status != INVITED:
            found = move_staff(staff_id=staff_id, verb="invite_again", reason=reason, actor=actor, at=at, mark=mark)
        else:
            refuse_own(found, actor)
            _lock_invited(found)
            record_audit(
                actor=actor,
                action="accounts.staff_user.invite_again",
                object_type="accounts.staff_user",
                object_id=staff_id,
                at=at,
                # Whoever holds the link that is given now holds nothing by it either.
                changes=end_grants(found, at),
                reason=reason,
            )
        return InvitedStaff(found.pk, open_invitation(found, at))


def _lock_invited(staff: StaffUser) -> None:
    """Lock the row; refuses when the person came in meanwhile."""
    now = StaffUser.objects.select_for_update(no_key=True).get(pk=staff.pk)
    if now.status != INVITED:
        raise Refusal("STATE_CHANGED", f"{now.name} is {now.status}.", status=409)


def _end_factors(staff: StaffUser) -> Changes:
    """Delete every second factor and the recovery codes. Answers which kinds, for the record."""
    factors = Authenticator.objects.filter(user=staff)
    kinds = sorted(KIND_OF_TYPE.get(each, "RECOVERY") for each in factors.values_list("type", flat=True))
    factors.delete()
    return [{"field": "factor", "before": kind, "after": None} for kind in kinds]
