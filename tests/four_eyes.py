"""Other people's approval, for tests: as many fresh members of staff as a request needs, with the permission that it takes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import ApprovalRequest, Role, StaffUser
from accounts.operations.decide_approval import Decided, decide_approval
from core.operations.record_audit import Actor
from tests.desk import a_person


def a_person_with(permission: str, name: str = "Tess Second") -> StaffUser:
    """Somebody new who holds ``permission``: by a role of the house, or by one made for it where none has it yet."""
    role = Role.objects.filter(permissions__contains=[permission]).order_by("name").first()
    if role is None:
        role = Role.objects.create(
            name="APPROVER_" + permission.replace(".", "_").upper()[:23], permissions=[permission]
        )
    return a_person(name, role=role.name)


def decide(
    approval_id: UUID,
    person: StaffUser,
    verdict: str = "APPROVE",
    *,
    note: str = "",
    payload_sha256: str | None = None,
    at: datetime | None = None,
    is_fresh: bool = True,
) -> Decided:
    """One person decides, having seen what was asked, at the moment it was asked unless told otherwise."""
    request = ApprovalRequest.objects.get(pk=approval_id)
    moment = at or request.requested_at
    return decide_approval(
        approval_id=approval_id,
        verdict=verdict,
        payload_sha256=request.payload_sha256 if payload_sha256 is None else payload_sha256,
        note=note,
        actor=Actor("PERSON", person.pk),
        at=moment,
        factor_at=moment if is_fresh else None,
    )


def approve(approval_id: UUID | None, by: Sequence[StaffUser] | None = None) -> Decided:
    """Approve until it is executed: by these people, or by as many new ones as it needs."""
    assert approval_id is not None, "nobody has to approve this: it is done"
    request = ApprovalRequest.objects.get(pk=approval_id)
    people = by or [a_person_with(request.permission) for _ in range(request.approvals_required)]
    return [decide(approval_id, person) for person in people][-1]
