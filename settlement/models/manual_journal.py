"""Postings that a person writes: a correction, a charge, a compensation; and their lines."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.asset import Asset
from settlement.models.ledger_account import LedgerAccount


class ManualJournal(models.Model):
    """A DRAFT with lines, SUBMITTED for approval, POSTED as one entry once others have approved; never by who submitted it.

    A POSTED journal is taken back by a further one that names it (``reverses``) and is then REVERSED. ``value`` is the sum of
    the lines in the reporting asset, frozen when it was submitted. ``attachments`` is ``[{sha256, name, storage_key}]``: a
    document in the store of documents under the journal's id, or, where ``storage_key`` is empty, one that is kept elsewhere.
    ``journal_is_kept``, ``journal_moves_forward`` and ``posted_journal_was_approved`` are triggers.
    """

    class Category(models.TextChoices):
        CORRECTION = "CORRECTION"
        COMPENSATION = "COMPENSATION"
        BANK_CHARGE = "BANK_CHARGE"
        BANK_INTEREST = "BANK_INTEREST"
        NETWORK_COST = "NETWORK_COST"
        BALANCE_ANOMALY = "BALANCE_ANOMALY"
        COVER = "COVER"
        WRITE_OFF = "WRITE_OFF"
        SWEEP = "SWEEP"

    class Status(models.TextChoices):
        DRAFT = "DRAFT"
        SUBMITTED = "SUBMITTED"
        POSTED = "POSTED"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"
        REVERSED = "REVERSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=16, choices=Category)
    reason = models.CharField(max_length=500)
    attachments = models.JSONField(default=list)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    drafted_by_kind = models.CharField(max_length=10)
    drafted_by_id = models.UUIDField(null=True)
    drafted_at = models.DateTimeField()
    submitted_by_id = models.UUIDField(null=True)
    submitted_at = models.DateTimeField(null=True)
    approval_id = models.UUIDField(null=True)
    value = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    posted_at = models.DateTimeField(null=True)
    # Why nothing came of it: the code of what refused it as it was posted, or APPROVAL_EXPIRED.
    reason_code = models.CharField(max_length=64, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="journal_has_reason", condition=Q(reason__regex=r"\S")),
            models.CheckConstraint(
                name="journal_category_is_known",
                condition=Q(
                    category__in=[
                        "CORRECTION", "COMPENSATION", "BANK_CHARGE", "BANK_INTEREST", "NETWORK_COST", "BALANCE_ANOMALY",
                        "COVER", "WRITE_OFF", "SWEEP",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="journal_status_is_known",
                condition=Q(status__in=["DRAFT", "SUBMITTED", "POSTED", "REJECTED", "CANCELLED", "REVERSED"]),
            ),
            models.CheckConstraint(
                name="submitted_journal_has_approval",
                condition=Q(
                    status__in=["SUBMITTED", "POSTED", "REJECTED", "REVERSED"],
                    submitted_at__isnull=False,
                    approval_id__isnull=False,
                    value__isnull=False,
                )
                | Q(status="DRAFT", submitted_at__isnull=True, approval_id__isnull=True)
                | Q(status="CANCELLED"),
            ),
            models.CheckConstraint(
                name="posted_journal_has_time",
                condition=Q(status__in=["POSTED", "REVERSED"], posted_at__isnull=False)
                | (~Q(status__in=["POSTED", "REVERSED"]) & Q(posted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="journal_value_is_finite",
                condition=Q(value__isnull=True) | (Q(value__isnull=False) & within("value")),
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(status__in=["DRAFT", "SUBMITTED", "POSTED"]),
                name="journal_is_reversed_once",
            ),
            models.CheckConstraint(
                name="journal_does_not_reverse_itself", condition=Q(reverses__isnull=True) | ~Q(reverses=F("id"))
            ),
        ]  # fmt: skip

    def mark_submitted(self, *, by: UUID | None, approval_id: UUID, value: Decimal, at: datetime) -> None:
        """Others are asked."""
        self.status = self.Status.SUBMITTED
        self.submitted_by_id = by
        self.submitted_at = at
        self.approval_id = approval_id
        self.value = value
        self._store("submitted_by_id", "submitted_at", "approval_id", "value", at=at)

    def mark_posted(self, *, at: datetime) -> None:
        """Its entry is written."""
        self.status = self.Status.POSTED
        self.posted_at = at
        self._store("posted_at", at=at)

    def mark_reversed(self, *, at: datetime) -> None:
        """A further journal has taken it back."""
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


class JournalLine(models.Model):
    """One posting of a journal, number by number: ``amount`` from ``source`` to ``destination``, accounts of one asset.

    Append-only, and written while the journal is a draft (``journal_line_is_drafted``, a trigger).
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    journal = models.ForeignKey(ManualJournal, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    source = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    destination = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    amount = amount_field()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journal", "number"], name="journal_line_number_is_used_once"),
            models.CheckConstraint(name="journal_line_moves_something", condition=Q(amount__gt=0) & within("amount")),
            models.CheckConstraint(name="journal_line_goes_elsewhere", condition=~Q(source=F("destination"))),
        ]
