"""Value that came in."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest, Profile
from core.fields import amount_field, within, within_or_null
from core.ids import new_id
from settlement.domain.depositing import BEFORE_THE_BOOKS, SCREENINGS, SOURCES, STATUSES, THE_CLIENTS, check_move
from settlement.models.deposit_instruction import DepositInstruction
from settlement.models.ledger_account import LedgerAccount
from settlement.models.rail import Rail

# Where each stands under review or has been.
_REVIEWED = ("UNDER_REVIEW", "RETURNING", "RETURNED")


# What a client is told of its deposit beside what never changes.
TOLD = (
    "status", "confirmations_seen", "informed_at", "value_date", "credited_at", "return_reference", "returned_at",
    "reversed_at",
)  # fmt: skip


class Deposit(models.Model):
    """An amount that arrived at an omnibus account: value that is there is booked, whoever may have it.

    DETECTED while its bank or chain may still take it back, FAILED when that happened: nothing is posted for either. Final, it
    is CREDITED to the client, or UNDER_REVIEW in SUSPENSE for ``review_reason`` until that and every later reason is lifted, or
    it goes back: RETURNING while the bank or chain is asked to send it, RETURNED once it has. REVERSED: recalled by the sender's
    bank after it was credited. ``profile`` is none while nobody knows whose it is.

    ``outside_reference`` is the bank's or chain's id of the payment, booked once an omnibus account; ``return_reference`` that of
    the payment back. ``recalled_at`` says since when whoever held it says that it is gone, under ``recall_reference``: the books
    stay as they are until somebody decides. ``value`` is in the reporting asset by ``value_price``, frozen when it was final;
    none where there was no price. Who sent it stands in the vault under ``sender_subject_id``. ``deposit_is_kept``,
    ``deposit_moves_forward``, ``deposit_has_one_owner``, ``entered_deposit_was_approved``,
    ``attributed_deposit_was_approved`` and ``reversed_deposit_was_approved`` are triggers.
    """

    class Status(models.TextChoices):
        DETECTED = "DETECTED"
        UNDER_REVIEW = "UNDER_REVIEW"
        CREDITED = "CREDITED"
        RETURNING = "RETURNING"
        RETURNED = "RETURNED"
        REVERSED = "REVERSED"
        FAILED = "FAILED"

    class ReviewReason(models.TextChoices):
        UNATTRIBUTED = "UNATTRIBUTED"
        TRAVEL_RULE = "TRAVEL_RULE"
        SCREENING = "SCREENING"
        PERMISSION = "PERMISSION"
        BELOW_MINIMUM = "BELOW_MINIMUM"

    class Source(models.TextChoices):
        OPENING = "OPENING"
        OPERATOR = "OPERATOR"
        BANK = "BANK"
        CHAIN = "CHAIN"

    class Screening(models.TextChoices):
        PENDING = "PENDING"
        CLEAR = "CLEAR"
        HIT = "HIT"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, null=True, on_delete=models.PROTECT, related_name="deposits")
    omnibus = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="deposits")
    rail = models.ForeignKey(Rail, null=True, on_delete=models.PROTECT, related_name="deposits")
    instruction = models.ForeignKey(DepositInstruction, null=True, on_delete=models.PROTECT, related_name="deposits")
    source = models.CharField(max_length=8, choices=Source, default=Source.OPENING)
    amount = amount_field()
    outside_reference = models.CharField(max_length=64)
    # Where it arrived as the notice says: an address, or what the payer quoted; and the transaction that brought it.
    address = models.CharField(max_length=140, blank=True)
    memo = models.CharField(max_length=64, blank=True)
    tx_hash = models.CharField(max_length=100, blank=True)
    # From where: an address or a bank account, and the provider (VASP) that keeps it.
    sender_address = models.CharField(max_length=128, blank=True)
    sender_vasp = models.CharField(max_length=200, blank=True)
    sender_subject_id = models.UUIDField(null=True)
    informed_at = models.DateTimeField(null=True)
    # Over what the vault keeps of the sender, sealed: it says nothing of the person.
    information_sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=Status)
    # Why it did not go to the client at once, or the last such reason; stays when it does later.
    review_reason = models.CharField(max_length=13, choices=ReviewReason, blank=True)
    screening = models.CharField(max_length=7, choices=Screening, blank=True)
    screening_words = models.CharField(max_length=300, blank=True)
    # When a screener was last asked about one that waits for an answer.
    screening_asked_at = models.DateTimeField(null=True)
    confirmations_seen = models.PositiveIntegerField(default=0)
    value_date = models.DateField()
    value = amount_field(null=True)
    value_price = amount_field(null=True)
    note = models.CharField(max_length=200, blank=True)
    # When the house first heard of it, and when it was final: from then on it is in the books.
    received_at = models.DateTimeField()
    final_at = models.DateTimeField(null=True)
    credited_by = models.UUIDField(null=True)
    credited_at = models.DateTimeField(null=True)
    return_reference = models.CharField(max_length=64, blank=True)
    returned_at = models.DateTimeField(null=True)
    # Of one that an operator entered: by which request others agreed, and when its feed told of it too.
    entry_approval = models.ForeignKey(
        ApprovalRequest, null=True, on_delete=models.PROTECT, related_name="entered_deposits"
    )
    confirmed_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)
    recall_reference = models.CharField(max_length=64, blank=True)
    reversed_at = models.DateTimeField(null=True)
    approval = models.ForeignKey(ApprovalRequest, null=True, on_delete=models.PROTECT, related_name="deposits")
    version = models.BigIntegerField(default=1)
    # What its client is told of it: moved by that alone, so that nothing else shows.
    client_version = models.BigIntegerField(default=1)
    told_at = models.DateTimeField(db_default=Now())
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
            models.CheckConstraint(name="deposit_status_is_known", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(name="deposit_source_is_known", condition=Q(source__in=SOURCES)),
            models.CheckConstraint(name="deposit_screening_is_known", condition=Q(screening__in=SCREENINGS)),
            models.CheckConstraint(
                name="deposit_review_reason_is_known",
                condition=Q(
                    review_reason__in=["", "UNATTRIBUTED", "TRAVEL_RULE", "SCREENING", "PERMISSION", "BELOW_MINIMUM"]
                ),
            ),
            models.CheckConstraint(
                name="deposit_not_credited_has_review_reason",
                condition=Q(status__in=THE_CLIENTS)
                | Q(status__in=BEFORE_THE_BOOKS, review_reason="")
                | (Q(status__in=_REVIEWED) & ~Q(review_reason="")),
            ),
            models.CheckConstraint(
                name="credited_deposit_has_profile",
                condition=Q(status__in=BEFORE_THE_BOOKS)
                | Q(profile__isnull=False, status__in=THE_CLIENTS)
                | Q(profile__isnull=True, status__in=_REVIEWED, review_reason="UNATTRIBUTED")
                | (Q(profile__isnull=False, status__in=_REVIEWED) & ~Q(review_reason="UNATTRIBUTED")),
            ),
            models.CheckConstraint(
                name="final_deposit_has_time",
                condition=Q(status__in=BEFORE_THE_BOOKS, final_at__isnull=True)
                | (~Q(status__in=BEFORE_THE_BOOKS) & Q(final_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="credited_deposit_has_time",
                condition=Q(status__in=THE_CLIENTS, credited_at__isnull=False)
                | (~Q(status__in=THE_CLIENTS) & Q(credited_at__isnull=True, credited_by__isnull=True)),
            ),
            # Nobody but a person lets through what no screening has found clear.
            models.CheckConstraint(
                name="credited_deposit_was_screened",
                condition=~Q(status__in=THE_CLIENTS)
                | Q(source="OPENING")
                | Q(screening="CLEAR")
                | Q(credited_by__isnull=False),
            ),
            models.CheckConstraint(
                name="returned_deposit_has_reference",
                condition=(Q(status="RETURNED", returned_at__isnull=False) & ~Q(return_reference=""))
                | (~Q(status="RETURNED") & Q(returned_at__isnull=True, return_reference="")),
            ),
            models.CheckConstraint(
                name="reversed_deposit_has_approval",
                condition=Q(status="REVERSED", reversed_at__isnull=False, approval__isnull=False)
                | (~Q(status="REVERSED") & Q(reversed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="recalled_deposit_was_final",
                condition=Q(recalled_at__isnull=True, recall_reference="")
                | (Q(recalled_at__isnull=False) & ~Q(status__in=BEFORE_THE_BOOKS)),
            ),
            models.CheckConstraint(
                name="informed_deposit_has_sender",
                condition=Q(informed_at__isnull=True, information_sha256="")
                | Q(
                    informed_at__isnull=False,
                    sender_subject_id__isnull=False,
                    information_sha256__regex=r"^[0-9a-f]{64}$",
                ),
            ),
            models.CheckConstraint(
                name="deposit_value_is_finite",
                condition=within_or_null("value")
                & within_or_null("value_price")
                & (Q(value__isnull=True, value_price__isnull=True) | Q(value__isnull=False, value_price__isnull=False)),
            ),
            models.CheckConstraint(
                name="deposit_reference_is_plain",
                condition=Q(outside_reference__regex=r"^[A-Za-z0-9._:-]{1,64}$")
                & Q(return_reference__regex=r"^[A-Za-z0-9._:-]{0,64}$")
                & Q(recall_reference__regex=r"^[A-Za-z0-9._:-]{0,64}$"),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "review_reason", "id"], name="deposit_by_status"),
            models.Index(fields=["id"], condition=Q(recalled_at__isnull=False), name="deposit_recalled"),
        ]

    def __str__(self) -> str:
        return self.outside_reference

    @property
    def needs_information(self) -> bool:
        """Whether its client is asked who sent it, and has not said."""
        return self.review_reason == self.ReviewReason.TRAVEL_RULE and self._is_waiting and self.informed_at is None

    @property
    def _is_waiting(self) -> bool:
        return self.status == self.Status.UNDER_REVIEW

    def mark(self, status: str | None = None, *, at: datetime, **values: Any) -> None:
        """Move to ``status`` (none: stay) and store ``values`` with it; whoever calls has locked the row.

        Refuses a move that there is none (409 STATE_CHANGED).
        """
        if status is not None:
            check_move(self.status, status)
            values["status"] = status
        needed = self.needs_information
        is_told = "profile" in values or any(getattr(self, name) != values[name] for name in TOLD if name in values)
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.updated_at = at
        if is_told or self.needs_information != needed:
            self.client_version += 1
            self.told_at = at
        self.save(update_fields=[*values, "version", "updated_at", "client_version", "told_at"])
