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
from accounts.operations.move_staff import move_staff
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def invite_again(*, staff_id: UUID, reason: str, actor: Actor, at: datetime) -> InvitedStaff:
    """A new link in place of any other.

    Who was ACTIVE or SUSPENDED loses password, second factors and roles by it: whoever holds the link then holds nothing, and
    each role is granted anew under approval. Refuses as ``move_staff`` does.
    """

    def mark(staff: StaffUser) -> None:
        end_grants(staff, at)
        Authenticator.objects.filter(user=staff).delete()
        staff.set_unusable_password()
        staff.save(update_fields=["password"])
        staff.mark_invited_again(at=at)

    with transaction.atomic(durable=True):
        found = StaffUser.objects.filter(pk=staff_id).first()
        if found is None:
            raise NotFound("member of staff")
        if found.status != INVITED:
            found = move_staff(staff_id=staff_id, verb="invite_again", reason=reason, actor=actor, at=at, mark=mark)
        else:
            _lock_invited(found)
            # Whoever holds the link that is given now holds nothing by it either.
            end_grants(found, at)
            record_audit(
                actor=actor,
                action="accounts.staff_user.invite_again",
                object_type="accounts.staff_user",
                object_id=staff_id,
                at=at,
                reason=reason,
            )
        return InvitedStaff(found.pk, open_invitation(found, at))


def _lock_invited(staff: StaffUser) -> None:
    """Lock the row; refuses when the person came in meanwhile."""
    now = StaffUser.objects.select_for_update(no_key=True).get(pk=staff.pk)
    if now.status != INVITED:
        raise Refusal("STATE_CHANGED", f"{now.name} is {now.status}.", status=409)
