"""Identity: a person or an institution whom the house knows, and how well it knows it."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import REFERENCE_PATTERN, reference_field
from core.ids import new_id

from .entity import Entity
from .permission_triggers import PERMISSIONS_FOLLOW_STATUS


class Identity(models.Model):
    """Somebody behind a profile: its holder, owner, trader. Who it is stands in the vault under ``subject_id``.

    ``version`` counts every change of what is known of it: a verification or a document moves it too. Kept for ever
    with its entity and subject (``identity_is_kept``); the rest of what the law says is in its checks.
    """

    class Kind(models.TextChoices):
        PERSON = "PERSON"
        INSTITUTION = "INSTITUTION"

    class Status(models.TextChoices):
        PENDING = "PENDING"
        APPROVED = "APPROVED"
        DENIED = "DENIED"
        DISABLED = "DISABLED"

    class RiskRating(models.TextChoices):
        LOW = "LOW"
        MEDIUM = "MEDIUM"
        HIGH = "HIGH"

    class RefreshStatus(models.TextChoices):
        NOT_DUE = "NOT_DUE"
        DUE = "DUE"
        OVERDUE = "OVERDUE"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="identities")
    # The entity's own name for it: 1 to 64 of A-Z a-z 0-9 . _ : -
    reference = reference_field()
    kind = models.CharField(max_length=11, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    # Why it has its status: a code of accounts/domain/identity_reasons.py, empty until it is decided.
    reason_code = models.CharField(max_length=32, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    risk_rating = models.CharField(max_length=6, choices=RiskRating.choices, default=RiskRating.MEDIUM)
    # ISO 3166-1 alpha-2: residence of a person, seat of an institution.
    country = models.CharField(max_length=2)
    # Under which the vault keeps its details; says nothing by itself.
    subject_id = models.UUIDField(default=new_id, editable=False)
    last_refresh_date = models.DateField(null=True, blank=True)
    refresh_due_date = models.DateField(null=True, blank=True)
    refresh_status = models.CharField(max_length=7, choices=RefreshStatus.choices, default=RefreshStatus.NOT_DUE)
    # The last reminder that went out for this due date, in days before it.
    reminded_days = models.SmallIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["entity", "reference"], name="identity_reference_is_unique_in_entity"),
            models.UniqueConstraint(fields=["subject_id"], name="identity_has_its_own_subject"),
            # What members and the entity itself refer to.
            models.UniqueConstraint(fields=["id", "entity"], name="identity_has_one_entity"),
            models.CheckConstraint(condition=Q(reference__regex=REFERENCE_PATTERN), name="identity_reference_is_plain"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="identity_country_is_two_letters"),
            models.CheckConstraint(condition=Q(kind__in=["PERSON", "INSTITUTION"]), name="identity_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "APPROVED", "DENIED", "DISABLED"]), name="identity_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(risk_rating__in=["LOW", "MEDIUM", "HIGH"]), name="identity_risk_is_known"
            ),
            models.CheckConstraint(
                condition=Q(refresh_status__in=["NOT_DUE", "DUE", "OVERDUE"]), name="identity_refresh_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["APPROVED", "DISABLED"])
                | Q(last_refresh_date__isnull=False, refresh_due_date__isnull=False),
                name="approved_identity_has_refresh_date",
            ),
            models.CheckConstraint(
                condition=Q(refresh_status="NOT_DUE") | Q(refresh_due_date__isnull=False),
                name="due_refresh_has_date",
            ),
            models.CheckConstraint(
                condition=Q(refresh_due_date__isnull=True)
                | Q(last_refresh_date__isnull=False, refresh_due_date__gt=F("last_refresh_date")),
                name="refresh_is_due_after_the_last",
            ),
            models.CheckConstraint(
                condition=Q(reminded_days__isnull=True)
                | Q(reminded_days__in=[30, 14, 7, 1], refresh_due_date__isnull=False),
                name="refresh_reminder_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="PENDING") | (Q(decided_at__isnull=False) & ~Q(reason_code="")),
                name="decided_identity_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["refresh_due_date"], condition=Q(status="APPROVED"), name="identity_refreshes_by_day"),
        ]
        triggers = [PERMISSIONS_FOLLOW_STATUS]

    def __str__(self) -> str:
        return self.reference

    def mark_changed(self, *, at: datetime, fields: tuple[str, ...] = ()) -> None:
        """Store ``fields`` and count a change of what is known of it."""
        self.version += 1
        self.updated_at = at
        self.save(update_fields=[*fields, "version", "updated_at"])

    def mark_decided(self, *, status: str, reason_code: str, at: datetime) -> None:
        """Give it another status and the code that explains it."""
        self.status = status
        self.reason_code = reason_code
        self.decided_at = at
        self.mark_changed(at=at, fields=("status", "reason_code", "decided_at", *_REFRESH_FIELDS))

    def set_refresh(self, *, last: date, due: date, status: str) -> None:
        """Begin a round of refreshing; stored by the mutator that follows."""
        self.last_refresh_date = last
        self.refresh_due_date = due
        self.refresh_status = status
        self.reminded_days = None

    def mark_refreshing(self, *, at: datetime) -> None:
        """Store where its refresh stands."""
        self.mark_changed(at=at, fields=_REFRESH_FIELDS)


_REFRESH_FIELDS = ("last_refresh_date", "refresh_due_date", "refresh_status", "reminded_days")
