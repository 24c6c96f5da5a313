"""Profile: a pot of value with its own balances and orders, owned by one entity."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.domain.permissions import GRID, NOBODY, Verdict
from core.fields import REFERENCE_PATTERN, reference_field
from core.ids import new_id

from .entity import Entity
from .permission_triggers import PROFILE_PERMISSIONS_FOLLOW_THE_GRID


def _actions_field(verdict: Verdict) -> "ArrayField[Any, Any]":
    """The actions with this verdict; a new profile has those of one that nobody holds yet."""
    nobodys = sorted(action.value for action, found in GRID[NOBODY].items() if found == verdict)
    return ArrayField(models.CharField(max_length=15), db_default=nobodys, editable=False)


class Profile(models.Model):
    """What trades and holds balances. Profiles of one self-trade group never trade with each other.

    ``profile_permissions_follow_the_grid`` is a trigger: the two columns are what the grid makes of the owners, or nothing is
    stored.
    """

    class Kind(models.TextChoices):
        DEFAULT = "DEFAULT"
        NORMAL = "NORMAL"

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="profiles")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.NORMAL)
    # The entity's own name for it: 1 to 64 of A-Z a-z 0-9 . _ : -
    reference = reference_field()
    # The entity's id unless another group was given: all profiles of an entity form one group.
    self_trade_group = models.UUIDField()
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    # What its owners' statuses and controls forbid, and what they have compliance look at: actions of
    # accounts/domain/permissions.py in the order of the alphabet. Triggers keep both, and refuse any other value.
    denied_actions = _actions_field(Verdict.DENIED)
    reviewed_actions = _actions_field(Verdict.REVIEW)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity"], condition=models.Q(kind="DEFAULT"), name="entity_has_one_default_profile"
            ),
            models.UniqueConstraint(fields=["entity", "reference"], name="profile_reference_is_unique_in_entity"),
            # What its members refer to.
            models.UniqueConstraint(fields=["id", "entity"], name="profile_has_one_entity"),
            models.CheckConstraint(
                condition=models.Q(reference__regex=REFERENCE_PATTERN), name="profile_reference_is_plain"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["DEFAULT", "NORMAL"]), name="profile_kind_is_known"),
            models.CheckConstraint(condition=models.Q(status__in=["OPEN", "CLOSED"]), name="profile_status_is_known"),
        ]
        triggers = [PROFILE_PERMISSIONS_FOLLOW_THE_GRID]

    def __str__(self) -> str:
        return f"{self.reference} ({self.name})"

    def mark_changed(self, *, at: datetime, fields: tuple[str, ...] = ()) -> None:
        """Store ``fields`` and count a change of it."""
        self.version += 1
        self.updated_at = at
        self.save(update_fields=[*fields, "version", "updated_at"])
