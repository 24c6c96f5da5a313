"""Give a member of staff a role, or end one: an action under policy, ROLE_GRANT."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.domain.approving import ALWAYS_APPROVED
from accounts.domain.duties import conflicts_of
from accounts.domain.staff_states import FEWEST_ADMINISTRATORS
from accounts.models import ApprovalPolicy, Role, RoleGrant, StaffUser
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.move_staff import lock_administrators
from accounts.queries.staff_rights import count_holders, permissions_of_person
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

ACTION = "ROLE_GRANT"
GRANT, END = "GRANT", "END"


def grant_role(*, staff_id: UUID, role: str, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that a person be given a role.

    Refuses a person who left or is suspended (STAFF_NOT_WORKING), a role the person has (409 ALREADY_EXISTS), and one that would
    give one human duties kept apart, all accounts together (DUTIES_KEPT_APART).
    """
    return _ask(GRANT, staff_id, role, reason, actor, at)


def end_role(*, staff_id: UUID, role: str, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that a person's role be ended.

    Refuses a role the person has not (404), and one without which too few could approve policies and roles
    (TOO_FEW_APPROVERS): nobody could give it back.
    """
    return _ask(END, staff_id, role, reason, actor, at)


def _ask(kind: str, staff_id: UUID, role: str, reason: str, actor: Actor, at: datetime) -> Outcome:
    payload = {"kind": kind, "staff_id": str(staff_id), "role": role}
    wish = Wish(action=ACTION, subject_type="accounts.staff_user", subject_id=staff_id, payload=payload, reason=reason)
    with transaction.atomic(durable=True):
        return carry_out(wish=wish, actor=actor, at=at)


def describe_role_grant(payload: Payload) -> Description:
    """Who gets or loses what. Refuses what the operations above refuse."""
    staff, role = _named(payload)
    _refuse(payload, staff, role)
    codes = ", ".join(role.permissions)
    if payload["kind"] == GRANT:
        return Description(
            f"Give {staff.name} the role {role.name}",
            [(f"role of {staff.email}", None, role.name)],
            f"May then: {codes}.",
        )
    return Description(
        f"End the role {role.name} of {staff.name}",
        [(f"role of {staff.email}", role.name, None)],
        f"May no longer: {codes}.",
    )


def _named(payload: Payload) -> tuple[StaffUser, Role]:
    staff = StaffUser.objects.filter(pk=payload["staff_id"]).first()
    role = Role.objects.filter(name=payload["role"]).first()
    if staff is None:
        raise NotFound("member of staff")
    if role is None:
        raise NotFound("role")
    return staff, role


def _lock_accounts(payload: Payload) -> None:
    """Let nobody else count duties or administrators: of two changes that are each allowed, the second sees the first.

    The order is that of everything that moves members of staff: the administrators first, then accounts by id.
    """
    lock_administrators()
    person = StaffUser.objects.filter(pk=payload["staff_id"]).values("person_id")
    accounts = StaffUser.objects.select_for_update(no_key=True).filter(person_id__in=person)
    list(accounts.order_by("pk").values_list("pk"))


def _refuse(payload: Payload, staff: StaffUser, role: Role) -> None:
    active = RoleGrant.objects.filter(staff=staff, role=role, ended_at__isnull=True).first()
    if payload["kind"] == END:
        if active is None:
            raise NotFound("role of this person")
        _refuse_too_few(active, role)
        return
    if staff.status not in (StaffUser.Status.ACTIVE, StaffUser.Status.INVITED):
        raise Refusal("STAFF_NOT_WORKING", f"{staff.name} is {staff.status}.", meta={"status": staff.status})
    if active is not None:
        raise Refusal("ALREADY_EXISTS", f"{staff.name} has the role {role.name}.", status=409)
    conflicts = conflicts_of(permissions_of_person(staff.person_id) | set(role.permissions))
    if conflicts:
        starts, decides = conflicts[0]
        raise Refusal(
            "DUTIES_KEPT_APART",
            f"Nobody both starts ({starts}) and decides ({decides}) the same.",
            meta={"conflicts": [list(pair) for pair in conflicts]},
        )


def _refuse_too_few(active: RoleGrant, role: Role) -> None:
    """After the end there must still be who approves policies and roles, and somebody else who asks."""
    for action in sorted(ALWAYS_APPROVED):
        policy = ApprovalPolicy.objects.filter(action=action).order_by("-policy_version").first()
        tier = policy.tiers[-1] if policy else {"permission": "", "approvals": "0"}
        if tier["permission"] not in role.permissions:
            continue
        have = count_holders(tier["permission"], besides_grant=active.pk)
        needed = max(int(tier["approvals"]) + 1, FEWEST_ADMINISTRATORS)
        if have < needed:
            raise Refusal(
                "TOO_FEW_APPROVERS",
                f"{have} people would hold {tier['permission']}, and {needed} are needed.",
                meta={"permission": tier["permission"], "have": have, "needed": needed},
            )


def execute_role_grant(execution: Execution) -> dict[str, str]:
    """Give or end the role as it was asked; refuses what has become impossible meanwhile."""
    payload = execution.payload
    _lock_accounts(payload)
    staff, role = _named(payload)
    _refuse(payload, staff, role)
    is_grant = payload["kind"] == GRANT
    if is_grant:
        grant = RoleGrant.objects.create(staff=staff, role=role, granted_at=execution.at)
    else:
        grant = RoleGrant.objects.select_for_update().get(staff=staff, role=role, ended_at__isnull=True)
        grant.ended_at = max(execution.at, grant.granted_at)
        grant.save(update_fields=["ended_at"])
    record_audit(
        actor=execution.requester,
        action=f"accounts.role.{'grant' if is_grant else 'end'}",
        object_type="accounts.staff_user",
        object_id=staff.pk,
        at=execution.at,
        changes=[
            {
                "field": "role",
                "before": None if is_grant else role.name,
                "after": role.name if is_grant else None,
            }
        ],
        approval_id=execution.approval_id,
    )
    return {"grant_id": str(grant.pk)}
