"""ApprovalRequest: what somebody asked for and others must approve; ApprovalTally: how much was asked for in a day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.domain import approving
from core.fields import amount_field, within, within_or_null
from core.ids import new_id

from .approval_policy import ApprovalPolicy
from .entity import Entity

STAFF = "accounts.staff_user"


class ApprovalRequest(models.Model):
    """A wish under policy with its frozen payload, and what became of it.

    Triggers keep what a check cannot see: ``approval_request_is_frozen`` (all but its course stays as it was asked),
    ``approval_moves_forward`` (the moves of accounts/domain/approving.py), ``executed_request_was_approved`` (enough APPROVE
    decisions by distinct persons before APPROVED, EXECUTED or FAILED) and ``approval_request_is_kept``.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"
        EXPIRED = "EXPIRED"
        EXECUTED = "EXECUTED"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(max_length=32)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    payload = models.JSONField()
    # Hexadecimal SHA-256 of the payload's canonical bytes.
    payload_sha256 = models.CharField(max_length=64)
    # What it was to do in words when it was asked: {"title", "changes": [[field, before, after]], "effect"}.
    description = models.JSONField()
    # In the reporting asset; none where the action moves no value.
    value = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    reason = models.TextField(blank=True)
    # The client it is for or was asked by; none for the firm's own.
    entity = models.ForeignKey(Entity, null=True, blank=True, on_delete=models.PROTECT, related_name="approvals")
    requested_by_kind = models.CharField(max_length=10)
    requested_by_id = models.UUIDField(null=True, blank=True)
    # Of a member of staff: the human behind the account.
    requester_person = models.UUIDField(null=True, blank=True)
    requester_ip = models.GenericIPAddressField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # As it was in force when it was asked, with the tier that fired.
    policy = models.ForeignKey(ApprovalPolicy, on_delete=models.PROTECT, related_name="requests")
    tier_from_value = amount_field()
    is_over_daily_limit = models.BooleanField(default=False)
    approvals_required = models.PositiveIntegerField()
    permission = models.CharField(max_length=32)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    # Whose approvals counted: those who still held the right when the last one decided.
    approvers = ArrayField(models.UUIDField(), default=list)
    ended_at = models.DateTimeField(null=True, blank=True)
    executed_at = models.DateTimeField(null=True, blank=True)
    # Why a FAILED one was refused when it was executed.
    outcome_code = models.CharField(max_length=64, blank=True)
    outcome_detail = models.TextField(blank=True)
    # What the executed action answered: ids and small facts.
    result = models.JSONField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "subject_type", "subject_id"],
                condition=Q(status="PENDING"),
                name="subject_has_one_pending_request",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[
                    "PENDING", "APPROVED", "REJECTED", "CANCELLED", "EXPIRED", "EXECUTED", "FAILED",
                ]),
                name="approval_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(payload_sha256__regex=r"^[0-9a-f]{64}$"), name="approval_payload_is_hashed"
            ),
            models.CheckConstraint(
                condition=within_or_null("value") & within("tier_from_value"), name="approval_value_is_finite"
            ),
            models.CheckConstraint(
                condition=Q(approvals_required__gte=1) & ~Q(permission=""), name="approval_needs_somebody"
            ),
            models.CheckConstraint(
                condition=Q(requested_by_kind="SYSTEM", requested_by_id__isnull=True, requester_person__isnull=True)
                | Q(requested_by_kind="PERSON", requested_by_id__isnull=False, requester_person__isnull=False)
                | Q(
                    requested_by_kind__in=["CREDENTIAL", "ALGORITHM"],
                    requested_by_id__isnull=False,
                    requester_person__isnull=True,
                ),
                name="approval_requester_is_named",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("requested_at")), name="approval_expires_later"),
            models.CheckConstraint(
                condition=Q(status="PENDING", ended_at__isnull=True) | ~Q(status="PENDING") & Q(ended_at__isnull=False),
                name="ended_approval_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="EXECUTED", executed_at__isnull=False)
                | ~Q(status="EXECUTED") & Q(executed_at__isnull=True),
                name="executed_approval_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="FAILED") & Q(outcome_code="") | Q(status="FAILED") & ~Q(outcome_code=""),
                name="failed_approval_has_code",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["expires_at"], name="pending_approvals", condition=Q(status="PENDING")),
            models.Index(fields=["entity", "id"], name="approvals_of_entity"),
            models.Index(fields=["requested_by_id", "id"], name="approvals_asked_by"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.subject_id}"

    @property
    def itself(self) -> "ApprovalRequest":
        """The request, for a field that is shaped from several of its columns."""
        return self

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def subject_staff_ids(self) -> list[UUID]:
        """The member of staff whom it is about, if it is about one."""
        return [UUID(self.subject_id)] if self.subject_type == STAFF else []

    @property
    def title(self) -> str:
        """What was asked for, in words."""
        return str(self.description["title"])

    @property
    def effect(self) -> str:
        """What it does, in words."""
        return str(self.description["effect"])

    @property
    def changes(self) -> list[list[str | None]]:
        """What changes, as [field, before, after], when it was asked."""
        return list(self.description["changes"])

    def mark_approved(self, *, approvers: Sequence[UUID], at: datetime) -> None:
        """Enough people approved; ``approvers`` are those who counted."""
        self.approvers = list(approvers)
        self._move(approving.APPROVED, ["approvers"], at=at)

    def mark_executed(self, *, result: dict[str, str], at: datetime) -> None:
        """What was asked for is done."""
        self.executed_at = at
        self.result = result
        self._move(approving.EXECUTED, ["executed_at", "result"], at=at)

    def mark_failed(self, *, code: str, detail: str, at: datetime) -> None:
        """It was approved, and the state of the house refused it with ``code``."""
        self.outcome_code, self.outcome_detail = code, detail
        self._move(approving.FAILED, ["outcome_code", "outcome_detail"], at=at)

    def mark_ended(self, status: str, *, at: datetime) -> None:
        """It is REJECTED, CANCELLED or EXPIRED."""
        self._move(status, [], at=at)

    def _move(self, status: str, fields: list[str], *, at: datetime) -> None:
        assert status in approving.MOVES.get(self.status, ()), f"{self.status} does not become {status}"
        self.status = status
        self.ended_at = self.ended_at or at
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "ended_at", "version", "updated_at", *fields])


class ApprovalTally(models.Model):
    """What one entity (none: the firm) asked for under one action in one UTC day, in the reporting asset."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=32)
    day = models.DateField()
    value = amount_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "action", "day"], name="approval_tally_is_kept_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=within("value"), name="approval_tally_is_finite"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.day}: {self.value:f}"
