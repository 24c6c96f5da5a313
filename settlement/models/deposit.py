"""Value that came in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.ledger_account import LedgerAccount


class Deposit(models.Model):
    """An amount that arrived at an omnibus account for a profile; credited by an operator.

    ``outside_reference`` is the bank's or chain's id of the payment: it is booked once an omnibus account.
    """

    class Status(models.TextChoices):
        CREDITED = "CREDITED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="deposits")
    omnibus = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="deposits")
    amount = amount_field()
    outside_reference = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status)
    value_date = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    credited_by = models.UUIDField(null=True)
    credited_at = models.DateTimeField()
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["omnibus", "outside_reference"], name="outside_reference_is_booked_once"),
            models.CheckConstraint(name="deposit_brings_something", condition=Q(amount__gt=0) & within("amount")),
            models.CheckConstraint(name="deposit_status_is_known", condition=Q(status__in=["CREDITED"])),
            models.CheckConstraint(
                name="deposit_reference_is_plain",
                condition=Q(outside_reference__regex=r"^[A-Za-z0-9._:-]{1,64}$"),
            ),
        ]
