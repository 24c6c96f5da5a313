"""The first two administrators of a new house. Everybody after them is invited, and granted roles under approval."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.contracts import InvitedStaff
from accounts.domain.staff_states import FEWEST_ADMINISTRATORS, INVITED
from accounts.models import Role, RoleGrant, StaffUser
from accounts.operations.invite_staff import invite_staff, open_invitation
from accounts.operations.move_staff import DECIDES_ROLES, lock_administrators
from accounts.queries.staff_rights import list_holders
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor, record_audit


def appoint_administrators(*, people: Sequence[tuple[str, str]], actor: Actor, at: datetime) -> list[InvitedStaff]:
    """Invite ``people`` (e-mail, name) and give each the role ADMINISTRATOR, without approval: nobody is there to give one.

    Done again before anybody came in, it makes new links. Refuses while there is an active administrator
    (409 ADMINISTRATORS_EXIST), fewer than two (TOO_FEW_ADMINISTRATORS), and an account that is in use already (ALREADY_EXISTS).
    """
    if len({email.strip().lower() for email, _ in people}) < FEWEST_ADMINISTRATORS:
        raise Refusal("TOO_FEW_ADMINISTRATORS", f"Name {FEWEST_ADMINISTRATORS} people: one asks, the other decides.")
    with transaction.atomic(durable=True):
        role = lock_administrators()
        if list_holders(DECIDES_ROLES).exists():
            raise Refusal(
                "ADMINISTRATORS_EXIST", "There is an administrator, who invites others and grants roles.", status=409
            )
        return [_appoint(email, name, role, actor, at) for email, name in people]


def _appoint(email: str, name: str, role: Role, actor: Actor, at: datetime) -> InvitedStaff:
    known = StaffUser.objects.filter(email=email.strip().lower(), status=INVITED).first()
    if known is None:
        invited = invite_staff(email=email, name=name, actor=actor, at=at)
    else:
        invited = InvitedStaff(known.pk, open_invitation(known, at))
    _, is_new = RoleGrant.objects.get_or_create(
        staff_id=invited.staff_id, role=role, ended_at=None, defaults={"granted_at": at}
    )
    if is_new:
        record_audit(
            actor=actor,
            action="accounts.role.grant",
            object_type="accounts.staff_user",
            object_id=invited.staff_id,
            at=at,
            changes=[{"field": "role", "before": None, "after": role.name}],
            reason="First administrators of the house",
        )
    return invited
