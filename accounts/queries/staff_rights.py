"""Who among the staff may do what, counted by humans and not by accounts."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import RoleGrant, StaffUser


def list_holders(permission: str) -> QuerySet[StaffUser]:
    """Active members of staff who hold ``permission`` by a role they have now."""
    grants = RoleGrant.objects.filter(ended_at__isnull=True, role__permissions__contains=[permission])
    return StaffUser.objects.filter(status=StaffUser.Status.ACTIVE, pk__in=grants.values("staff_id"))


def count_holders(permission: str, *, besides_grant: UUID | None = None) -> int:
    """How many humans hold ``permission``; ``besides_grant`` leaves one grant of a role out of the count."""
    grants = RoleGrant.objects.filter(ended_at__isnull=True, role__permissions__contains=[permission])
    if besides_grant is not None:
        grants = grants.exclude(pk=besides_grant)
    holders = StaffUser.objects.filter(status=StaffUser.Status.ACTIVE, pk__in=grants.values("staff_id"))
    return holders.values("person_id").distinct().count()


def permissions_of_person(person_id: UUID, *, besides: Collection[UUID] = ()) -> set[str]:
    """What one human may do by all accounts together; ``besides`` leaves grants out."""
    grants = RoleGrant.objects.filter(staff__person_id=person_id, ended_at__isnull=True).exclude(pk__in=list(besides))
    return {code for codes in grants.values_list("role__permissions", flat=True) for code in codes}
