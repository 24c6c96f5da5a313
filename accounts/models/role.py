"""Role: a named set of permissions; RoleGrant: that a person has it, from when until when."""

from functools import reduce
from operator import and_

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.domain.duties import CONFLICTS, ROLES
from core.ids import new_id

from .staff_user import StaffUser


class Role(models.Model):
    """What a member of staff may do by one name. The roles of ``accounts.domain.duties`` are there from the start."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # A word in capitals: OPERATIONS.
    name = models.CharField(max_length=32)
    permissions = ArrayField(models.CharField(max_length=32))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="role_name_is_unique"),
            models.CheckConstraint(condition=Q(name__regex=r"^[A-Z][A-Z_]*$"), name="role_name_is_plain"),
            models.CheckConstraint(condition=Q(permissions__len__gt=0), name="role_permits_something"),
            models.CheckConstraint(
                condition=reduce(
                    and_,
                    (
                        ~(Q(permissions__overlap=list(starting)) & Q(permissions__overlap=list(deciding)))
                        for starting, deciding in CONFLICTS
                    ),
                ),
                name="role_keeps_duties_apart",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def seed() -> None:
        """Put the roles of the house into an empty table; what is there already stays."""
        Role.objects.bulk_create(
            [Role(name=name, permissions=list(permissions)) for name, permissions in ROLES.items()],
            ignore_conflicts=True,
        )


class RoleGrant(models.Model):
    """A person has a role from ``granted_at`` until ``ended_at``. Rows are kept: an ended grant is history."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(StaffUser, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role"], condition=Q(ended_at__isnull=True), name="grant_is_active_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("granted_at")), name="grant_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.staff}"
