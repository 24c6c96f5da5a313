"""PermissionRule: one cell of the permission grid, as the database knows it."""

from django.db import models
from django.db.models import Q

from accounts.domain.permissions import GRID


class PermissionRule(models.Model):
    """What one cause says to one action. Seeded by a migration from accounts/domain/permissions.py; nobody changes it while the
    house runs: a change of the grid is a migration with a test.
    """

    is_append_only = True

    cause_kind = models.CharField(max_length=7)
    cause = models.CharField(max_length=9)
    action = models.CharField(max_length=15)
    verdict = models.CharField(max_length=7)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cause_kind", "cause", "action"], name="permission_rule_is_unique"),
            models.CheckConstraint(condition=Q(cause_kind__in=["STATUS", "CONTROL"]), name="permission_cause_is_known"),
            models.CheckConstraint(
                condition=Q(verdict__in=["ALLOWED", "REVIEW", "DENIED"]), name="permission_verdict_is_known"
            ),
        ]

    @classmethod
    def seed(cls) -> None:
        """Write the grid, as the migration that made the table did."""
        PermissionRule.objects.bulk_create(
            PermissionRule(cause_kind=kind, cause=cause, action=action, verdict=verdict)
            for (kind, cause), row in GRID.items()
            for action, verdict in row.items()
        )

    def __str__(self) -> str:
        return f"{self.cause} {self.action} {self.verdict}"
