"""What suspending, resuming, inviting again and ending have in common: the move, its guards and its record."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.domain.staff_states import ACTIVE, FEWEST_ADMINISTRATORS, STATUS_AFTER, may_move
from accounts.models import Role, StaffUser
from accounts.operations.end_sessions import end_sessions
from accounts.queries.staff_rights import list_holders
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

# What a move did besides, as the record tells it: {"field", "before", "after"} each.
Changes = Sequence[dict[str, Any]]
DECIDES_ROLES = "role.approve"
ADMINISTRATOR = "ADMINISTRATOR"


def move_staff(
    *, staff_id: UUID, verb: str, reason: str, actor: Actor, at: datetime, mark: Callable[[StaffUser], Changes | None]
) -> StaffUser:
    """Do ``verb`` of ``STATUS_AFTER`` to a person by ``mark``, which answers what else it changed; joins the caller's
    transaction.

    Away from ACTIVE ends all sessions at once.

    Refuses oneself, by this or another account (OWN_ACCOUNT), a move that is none (409 STATE_CHANGED with from, to), a missing
    reason (REASON_MISSING), and one that would leave fewer than two humans who may decide on roles (LAST_ADMINISTRATORS).
    """
    to = STATUS_AFTER[verb]
    if not reason.strip():
        raise Refusal("REASON_MISSING", "Say why: it is kept with the record.")
    with transaction.atomic():
        lock_administrators()
        staff = StaffUser.objects.select_for_update(no_key=True).filter(pk=staff_id).first()
        if staff is None:
            raise NotFound("member of staff")
        refuse_own(staff, actor)
        before = staff.status
        if not may_move(before, to):
            meta = {"from": before, "to": to}
            raise Refusal("STATE_CHANGED", f"{staff.name} is {before}.", status=409, meta=meta)
        if before == ACTIVE:
            _keep_administrators(staff)
        changes = mark(staff) or ()
        if to != ACTIVE:
            end_sessions(staff_id=staff.pk, actor=actor, at=at)
        record_audit(
            actor=actor,
            action=f"accounts.staff_user.{verb}",
            object_type="accounts.staff_user",
            object_id=staff.pk,
            at=at,
            changes=[{"field": "status", "before": before, "after": to}, *changes],
            reason=reason,
            object_version=staff.version,
        )
    return staff


def lock_administrators() -> Role:
    """Lock the role until the transaction ends: of two moves that each leave enough administrators, one waits and counts."""
    return Role.objects.select_for_update().get(name=ADMINISTRATOR)


def refuse_own(staff: StaffUser, actor: Actor) -> None:
    """Refuse whoever is the same human (OWN_ACCOUNT)."""
    accounts = StaffUser.objects.filter(person_id=staff.person_id)
    if actor.kind == "PERSON" and actor.id is not None and accounts.filter(pk=actor.id).exists():
        raise Refusal("OWN_ACCOUNT", "Somebody else does this for you.")


def _keep_administrators(staff: StaffUser) -> None:
    holders = list_holders(DECIDES_ROLES)
    if not holders.filter(pk=staff.pk).exists():
        return
    left = holders.exclude(pk=staff.pk).values("person_id").distinct().count()
    if left < FEWEST_ADMINISTRATORS:
        raise Refusal(
            "LAST_ADMINISTRATORS",
            f"{left} who may decide on roles would be left, and {FEWEST_ADMINISTRATORS} are needed.",
            meta={"left": left, "needed": FEWEST_ADMINISTRATORS},
        )
