"""Members of staff as the pages show them: who may what and since when, last use, second factors, conflicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, QuerySet

from accounts.domain.duties import conflicts_of
from accounts.models import ApprovalRequest, RoleGrant, StaffUser
from core.domain.refusals import NotFound
from core.models import AuditEntry

KIND_OF_TYPE = {Authenticator.Type.TOTP: "TOTP", Authenticator.Type.WEBAUTHN: "PASSKEY"}
_RECOVERY = Authenticator.Type.RECOVERY_CODES
_ACTIVE_GRANTS, _FACTORS = "active_grants", "authenticator_set"


@dataclass(frozen=True, slots=True)
class Factor:
    """One second factor of a person. ``name`` is the person's own for a passkey."""

    id: int
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def has_passkey(staff_id: UUID) -> bool:
    """Whether the person has a passkey."""
    return bool(Authenticator.objects.filter(user_id=staff_id, type=Authenticator.Type.WEBAUTHN).exists())


def list_factors(staff_id: UUID) -> list[Factor]:
    """The person's second factors, the oldest first; recovery codes are none of their own."""
    found = Authenticator.objects.filter(user_id=staff_id).exclude(type=_RECOVERY).order_by("created_at", "pk")
    return [
        Factor(
            each.pk,
            KIND_OF_TYPE[Authenticator.Type(each.type)],
            each.data.get("name", "") if each.type == Authenticator.Type.WEBAUTHN else "Authenticator app",
            each.created_at,
            each.last_used_at,
        )
        for each in found
    ]


def count_recovery_codes(staff_id: UUID) -> int:
    """How many recovery codes are left."""
    kept = Authenticator.objects.filter(user_id=staff_id, type=_RECOVERY).first()
    return len(kept.wrap().get_unused_codes()) if kept else 0


def list_staff(*, status: str = "", text: str = "") -> QuerySet[StaffUser]:
    """Members of staff with their active grants; ``text`` is in name or address."""
    active = RoleGrant.objects.filter(ended_at__isnull=True).select_related("role").order_by("granted_at")
    found = StaffUser.objects.prefetch_related(Prefetch("grants", queryset=active, to_attr=_ACTIVE_GRANTS), _FACTORS)
    if status:
        found = found.filter(status=status)
    if text:
        found = found.filter(name__icontains=text) | found.filter(email__icontains=text)
    return found


def active_grants_of(staff: StaffUser) -> list[RoleGrant]:
    """The roles that a person of ``list_staff`` or ``get_staff`` has now, the oldest first."""
    grants: list[RoleGrant] = getattr(staff, _ACTIVE_GRANTS)
    return grants


def factor_kinds_of(staff: StaffUser) -> list[str]:
    """Which kinds of second factor a person of ``list_staff`` has: TOTP, PASSKEY."""
    factors = getattr(staff, _FACTORS).all()
    return sorted({KIND_OF_TYPE[each.type] for each in factors if each.type in KIND_OF_TYPE})


def get_staff(staff_id: UUID) -> StaffUser:
    """One member of staff with the active grants."""
    found = list_staff().filter(pk=staff_id).first()
    if found is None:
        raise NotFound("member of staff")
    return found


def conflicts_of_person(staff: StaffUser) -> list[tuple[str, str]]:
    """Duties that the person ought not to have together, by all accounts of the same human: (starts, decides)."""
    held = RoleGrant.objects.filter(staff__person_id=staff.person_id, ended_at__isnull=True)
    return conflicts_of({code for codes in held.values_list("role__permissions", flat=True) for code in codes})


def list_past_grants(staff_id: UUID) -> list[RoleGrant]:
    """Grants that ended, the latest first."""
    found = RoleGrant.objects.filter(staff_id=staff_id, ended_at__isnull=False).select_related("role")
    return list(found.order_by("-ended_at")[:50])


def list_pending_grants(staff_id: UUID) -> list[ApprovalRequest]:
    """Roles that are asked for, or asked to be ended, and wait for a decision."""
    found = ApprovalRequest.objects.filter(
        action="ROLE_GRANT", subject_id=str(staff_id), status=ApprovalRequest.Status.PENDING
    )
    return list(found.order_by("requested_at"))


def list_staff_audit(staff_id: UUID) -> list[AuditEntry]:
    """What was done to the person's account, the latest first."""
    found = AuditEntry.objects.filter(object_type="accounts.staff_user", object_id=str(staff_id))
    return list(found.order_by("-id")[:30])
