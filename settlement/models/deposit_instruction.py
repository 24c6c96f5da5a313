"""Where a client's value comes in."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.ids import new_id
from settlement.models.rail import Rail


class DepositInstruction(models.Model):
    """What a payer is told: on a chain an address (and a memo where the chain wants one), at a bank the reference to quote.

    It is one profile's for ever (``deposit_address_has_one_owner``): what arrives at a RETIRED one is still that client's. A
    profile has one ACTIVE on a rail. Its terms never change (``deposit_instruction_is_kept``, a trigger).
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        RETIRED = "RETIRED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="deposit_instructions")
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="deposit_instructions")
    address = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    # The how-manieth of its profile on its rail: with both, the name under which the gateway issued it.
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=7, choices=Status, default=Status.ACTIVE)
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "address", "memo"], name="deposit_address_has_one_owner"),
            models.UniqueConstraint(
                fields=["profile", "rail"], condition=Q(status="ACTIVE"), name="profile_has_one_deposit_address"
            ),
            models.UniqueConstraint(fields=["profile", "rail", "number"], name="deposit_address_is_issued_once"),
            models.CheckConstraint(name="deposit_instruction_has_address", condition=~Q(address="")),
            models.CheckConstraint(
                name="deposit_instruction_status_is_known", condition=Q(status__in=["ACTIVE", "RETIRED"])
            ),
            models.CheckConstraint(
                name="retired_deposit_instruction_has_time",
                condition=Q(status="RETIRED", retired_at__isnull=False)
                | (~Q(status="RETIRED") & Q(retired_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.address

    def mark_retired(self, *, at: datetime) -> None:
        """Nobody is told of it any more."""
        self.status = self.Status.RETIRED
        self.retired_at = at
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "retired_at", "version", "updated_at"])
