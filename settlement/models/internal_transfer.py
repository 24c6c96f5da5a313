"""Value that goes from one profile of the house to another."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import REFERENCE_PATTERN, amount_field, reference_field, within
from core.ids import new_id
from settlement.models.asset import Asset


class InternalTransfer(models.Model):
    """``amount`` of an asset from one profile to another: at once within an entity, under policy between two.

    It takes no hold while it is AWAITING_APPROVAL; short when it is executed, it is FAILED. EXECUTED it has one entry; a mirror
    transfer that names it (``reverses``) makes it REVERSED. Transfers of one batch share ``batch_id`` and one approval.
    ``value`` is in the reporting asset by ``value_price``, frozen when it was asked for; none within an entity.
    ``transfer_is_kept``, ``transfer_moves_forward`` and ``executed_transfer_was_approved`` are triggers.
    """

    class Status(models.TextChoices):
        AWAITING_APPROVAL = "AWAITING_APPROVAL"
        EXECUTED = "EXECUTED"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"
        FAILED = "FAILED"
        REVERSED = "REVERSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    from_profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="transfers_out")
    to_profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="transfers_in")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    amount = amount_field()
    # The client's own name for it; unique for each profile for ever.
    client_reference = reference_field()
    status = models.CharField(max_length=17, choices=Status)
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    batch_id = models.UUIDField()
    reason = models.CharField(max_length=500, blank=True)
    value = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    value_price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    requested_by_kind = models.CharField(max_length=10)
    requested_by_id = models.UUIDField(null=True)
    requested_at = models.DateTimeField()
    approval_id = models.UUIDField(null=True)
    executed_at = models.DateTimeField(null=True)
    # Why it is FAILED or CANCELLED: the code of the refusal, or APPROVAL_EXPIRED.
    reason_code = models.CharField(max_length=64, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["from_profile", "client_reference"], name="transfer_reference_is_unique"),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(status__in=["AWAITING_APPROVAL", "EXECUTED"]),
                name="transfer_is_reversed_once",
            ),
            models.CheckConstraint(name="transfer_goes_elsewhere", condition=~Q(from_profile=F("to_profile"))),
            models.CheckConstraint(name="transfer_moves_something", condition=Q(amount__gt=0) & within("amount")),
            models.CheckConstraint(
                name="transfer_value_is_finite",
                condition=Q(value__isnull=True, value_price__isnull=True)
                | (Q(value__isnull=False, value_price__isnull=False) & within("value") & within("value_price")),
            ),
            models.CheckConstraint(
                name="transfer_reference_is_plain", condition=Q(client_reference__regex=REFERENCE_PATTERN)
            ),
            models.CheckConstraint(
                name="transfer_status_is_known",
                condition=Q(
                    status__in=["AWAITING_APPROVAL", "EXECUTED", "REJECTED", "CANCELLED", "FAILED", "REVERSED"]
                ),
            ),
            models.CheckConstraint(
                name="waiting_transfer_has_approval",
                condition=Q(status__in=["EXECUTED", "REVERSED"]) | Q(approval_id__isnull=False),
            ),
            models.CheckConstraint(
                name="executed_transfer_has_time",
                condition=Q(status__in=["EXECUTED", "REVERSED"], executed_at__isnull=False)
                | (~Q(status__in=["EXECUTED", "REVERSED"]) & Q(executed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="failed_transfer_has_code",
                condition=(Q(status="FAILED") & ~Q(reason_code=""))
                | Q(status="CANCELLED")
                | (~Q(status__in=["FAILED", "CANCELLED"]) & Q(reason_code="")),
            ),
            models.CheckConstraint(
                name="transfer_does_not_reverse_itself", condition=Q(reverses__isnull=True) | ~Q(reverses=F("id"))
            ),
            models.CheckConstraint(
                name="reversing_transfer_says_why", condition=Q(reverses__isnull=True) | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["to_profile", "id"], name="transfers_to_profile"),
            models.Index(fields=["batch_id"], name="transfers_of_batch"),
        ]

    def mark_executed(self, *, at: datetime, approval_id: UUID | None) -> None:
        """The value has moved."""
        self.status = self.Status.EXECUTED
        self.executed_at = at
        self.approval_id = approval_id
        self._store("executed_at", "approval_id", at=at)

    def mark_reversed(self, *, at: datetime) -> None:
        """A mirror transfer has taken it back."""
        self.status = self.Status.REVERSED
        self._store(at=at)

    def mark_ended(self, status: str, *, reason_code: str, at: datetime) -> None:
        """Nothing came of it."""
        self.status = status
        self.reason_code = reason_code
        self._store("reason_code", at=at)

    def _store(self, *fields: str, at: datetime) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", *fields, "version", "updated_at"])
