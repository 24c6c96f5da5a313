"""Value that came in."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.ledger_account import LedgerAccount


class Deposit(models.Model):
    """An amount that arrived at an omnibus account for a profile: value that is there is booked, whoever may have it.

    CREDITED to the client, or UNDER_REVIEW in SUSPENSE for ``review_reason`` until compliance releases it or it goes back:
    RETURNING while the bank or chain is asked to send it, RETURNED once it has. ``outside_reference`` is the bank's or chain's id
    of the payment, booked once an omnibus account; ``return_reference`` that of the payment back.
    """

    class Status(models.TextChoices):
        UNDER_REVIEW = "UNDER_REVIEW"
        CREDITED = "CREDITED"
        RETURNING = "RETURNING"
        RETURNED = "RETURNED"

    class ReviewReason(models.TextChoices):
        PERMISSION = "PERMISSION"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="deposits")
    omnibus = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="deposits")
    amount = amount_field()
    outside_reference = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=Status)
    # Why it did not go to the client at once; stays when it does later.
    review_reason = models.CharField(max_length=12, choices=ReviewReason, blank=True)
    value_date = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    credited_by = models.UUIDField(null=True)
    credited_at = models.DateTimeField(null=True)
    return_reference = models.CharField(max_length=64, blank=True)
    returned_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["omnibus", "outside_reference"], name="outside_reference_is_booked_once"),
            models.UniqueConstraint(
                fields=["omnibus", "return_reference"],
                condition=~Q(return_reference=""),
                name="return_reference_is_booked_once",
            ),
            models.CheckConstraint(name="deposit_brings_something", condition=Q(amount__gt=0) & within("amount")),
            models.CheckConstraint(
                name="deposit_status_is_known",
                condition=Q(status__in=["UNDER_REVIEW", "CREDITED", "RETURNING", "RETURNED"]),
            ),
            models.CheckConstraint(
                name="deposit_review_reason_is_known", condition=Q(review_reason__in=["", "PERMISSION"])
            ),
            models.CheckConstraint(
                name="deposit_not_credited_has_review_reason", condition=Q(status="CREDITED") | ~Q(review_reason="")
            ),
            models.CheckConstraint(
                name="credited_deposit_has_time",
                condition=Q(status="CREDITED", credited_at__isnull=False)
                | (~Q(status="CREDITED") & Q(credited_at__isnull=True, credited_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="returned_deposit_has_reference",
                condition=(Q(status="RETURNED", returned_at__isnull=False) & ~Q(return_reference=""))
                | (~Q(status="RETURNED") & Q(returned_at__isnull=True, return_reference="")),
            ),
            models.CheckConstraint(
                name="deposit_reference_is_plain",
                condition=Q(outside_reference__regex=r"^[A-Za-z0-9._:-]{1,64}$")
                & Q(return_reference__regex=r"^[A-Za-z0-9._:-]{0,64}$"),
            ),
        ]

    def mark_credited(self, *, at: datetime, by: UUID | None) -> None:
        """It is the client's."""
        self.status = self.Status.CREDITED
        self.credited_at = at
        self.credited_by = by
        self._store("credited_at", "credited_by", at=at)

    def mark_returning(self, *, at: datetime) -> None:
        """It is to go back; it is still there."""
        self.status = self.Status.RETURNING
        self._store(at=at)

    def mark_returned(self, *, at: datetime, reference: str) -> None:
        """It has gone back, by the payment ``reference``."""
        self.status = self.Status.RETURNED
        self.returned_at = at
        self.return_reference = reference
        self._store("returned_at", "return_reference", at=at)

    def _store(self, *fields: str, at: datetime) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", *fields, "version", "updated_at"])
