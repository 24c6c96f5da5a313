"""Value that a client wants out."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest, Profile
from core.fields import REFERENCE_PATTERN, amount_field, reference_field, within
from core.ids import new_id
from settlement.domain.withdrawing import DECIDED, ENDED, SENT_STATUSES, STATUSES
from settlement.models.destination import Destination
from settlement.models.rail import Rail

# Set when it is asked for, and never after.
FROZEN = (
    "profile_id", "destination_id", "rail_id", "client_reference", "request_sha256", "amount_kind", "net_amount", "fee_amount",
    "gross_amount", "value", "value_price", "needs_review", "requested_by_kind", "requested_by_id", "requested_at",
)  # fmt: skip


class Withdrawal(models.Model):
    """A payment to a destination: gross is held from the request to the end, net leaves, the fee stays with the firm.

    ``value`` is gross in the reporting asset at ``value_price``, frozen. ``needs_review``: the profile's permission wants
    compliance to look. ``outcome_unknown``: it was handed to the gateway and nobody knows yet what became of it; only asking the
    gateway under this id ends that. ``attempts`` counts how often it was handed over.
    """

    class Status(models.TextChoices):
        IN_REVIEW = "IN_REVIEW"
        AWAITING_APPROVAL = "AWAITING_APPROVAL"
        APPROVED = "APPROVED"
        SENT = "SENT"
        COMPLETED = "COMPLETED"
        ERRORED = "ERRORED"
        FAILED = "FAILED"
        CANCELLED = "CANCELLED"
        REJECTED = "REJECTED"
        RETURNED = "RETURNED"

    class AmountKind(models.TextChoices):
        NET = "NET"
        GROSS = "GROSS"

    class Screening(models.TextChoices):
        PENDING = "PENDING"
        CLEAR = "CLEAR"
        HIT = "HIT"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="withdrawals")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="withdrawals")
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="withdrawals")
    client_reference = reference_field()
    request_sha256 = models.CharField(max_length=64)
    amount_kind = models.CharField(max_length=5, choices=AmountKind)
    net_amount = amount_field()
    fee_amount = amount_field()
    gross_amount = amount_field()
    held = amount_field()
    value = amount_field()
    value_price = amount_field()
    status = models.CharField(max_length=17, choices=Status, default=Status.IN_REVIEW)
    needs_review = models.BooleanField(default=False)
    reviewed_by = models.UUIDField(null=True, blank=True)
    screening = models.CharField(max_length=7, choices=Screening, default=Screening.PENDING)
    approval = models.ForeignKey(
        ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    approvals_required = models.PositiveSmallIntegerField(default=0)
    approvals_given = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    submitted_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    outcome_unknown = models.BooleanField(default=False)
    outside_reference = models.CharField(max_length=64, blank=True)
    return_reference = models.CharField(max_length=64, blank=True)
    reason_code = models.CharField(max_length=64, blank=True)
    requested_by_kind = models.CharField(max_length=10)
    requested_by_id = models.UUIDField(null=True, blank=True)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "client_reference"], name="client_reference_is_unique"),
            models.UniqueConstraint(
                fields=["rail", "outside_reference"],
                condition=~Q(outside_reference=""),
                name="payment_is_booked_once",
            ),
            models.CheckConstraint(
                name="withdrawal_adds_up",
                condition=Q(gross_amount=F("net_amount") + F("fee_amount"), net_amount__gt=0)
                & within("net_amount")
                & within("fee_amount")
                & within("gross_amount")
                & within("held")
                & within("value")
                & within("value_price"),
            ),
            models.CheckConstraint(name="withdrawal_status_is_known", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(
                name="withdrawal_reference_is_plain", condition=Q(client_reference__regex=REFERENCE_PATTERN)
            ),
            models.CheckConstraint(
                name="withdrawal_has_four_eyes",
                condition=~Q(status__in=DECIDED)
                | Q(approvals_required=0)
                | Q(approval__isnull=False, approvals_given__gte=F("approvals_required")),
            ),
            models.CheckConstraint(
                name="reviewed_withdrawal_has_reviewer",
                condition=~Q(status__in=DECIDED) | Q(needs_review=False) | Q(reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="sent_withdrawal_was_screened",
                condition=~Q(status__in=DECIDED) | Q(screening="CLEAR") | Q(screening="HIT", reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="ended_withdrawal_holds_nothing",
                condition=Q(status__in=ENDED, held=0, ended_at__isnull=False, outcome_unknown=False)
                | (~Q(status__in=ENDED) & Q(held=F("gross_amount"), ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="sent_withdrawal_has_time",
                condition=~Q(status__in=SENT_STATUSES)
                | Q(sent_at__isnull=False, submitted_at__isnull=False, attempts__gte=1),
            ),
            models.CheckConstraint(
                name="completed_withdrawal_has_reference",
                condition=~Q(status__in=["COMPLETED", "RETURNED"])
                | (Q(completed_at__isnull=False) & ~Q(outside_reference="")),
            ),
            models.CheckConstraint(
                name="unknown_outcome_was_submitted",
                condition=Q(outcome_unknown=False)
                | Q(status__in=["APPROVED", "ERRORED"], submitted_at__isnull=False, attempts__gte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="withdrawal_by_status"),
            models.Index(fields=["profile", "requested_at"], name="withdrawal_by_profile"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="withdrawal_terms_are_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF {" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FROZEN)} THEN
                        RAISE EXCEPTION 'what withdrawal % was asked for never changes', OLD.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_terms_are_frozen';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.client_reference

    @property
    def itself(self) -> "Withdrawal":
        """For what is told of the whole row."""
        return self

    def mark(self, status: str | None = None, *, at: datetime, **values: Any) -> None:
        """Move to ``status`` (none: stay) and store ``values`` with it; an end sets ``held`` to nothing. Whoever calls has
        locked the row and asked ``settlement.domain.withdrawing`` whether the move is legal.
        """
        if status is not None:
            self.status = status
            if status in ENDED and self.ended_at is None:
                values |= {"held": 0, "ended_at": at, "outcome_unknown": False}
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", *values, "version", "updated_at"])
