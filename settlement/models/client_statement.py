"""What a client was told that its account was."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear, Now

from accounts.models import Profile
from core.ids import new_id


class ClientStatement(models.Model):
    """A profile's figures for the business dates ``period_start`` to ``period_end``, as of the seal ``known_at``. Append-only.

    A correction is a further statement with a number of its own that names the one before (``supersedes``): none is replaced
    (``statement_is_never_replaced``). ``sequence`` counts a profile's statements of a year without a gap
    (``statement_number_is_gapless``, a trigger); the year is that of ``period_end``. Only days that are closed are told of
    (``statement_covers_closed_days``, a trigger).

    The figures stand in a document under ``storage_key``, encrypted with the key of ``subject_id``: the client's name is in it.
    ``sha256`` is that of the document, ``totals`` are its sums per asset without anything personal.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="statements")
    period_start = models.DateField()
    period_end = models.DateField()
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    # 2026-0003: the year, and the sequence in at least four digits.
    number = models.CharField(max_length=16)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    reason = models.CharField(max_length=200, blank=True)
    known_at = models.BigIntegerField()
    totals = models.JSONField()
    movement_count = models.PositiveIntegerField()
    subject_id = models.UUIDField()
    storage_key = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by_kind = models.CharField(max_length=10)
    issued_by_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "year", "sequence"], name="statement_number_is_used_once"),
            models.UniqueConstraint(
                fields=["profile", "period_start", "period_end"],
                condition=Q(supersedes__isnull=True),
                name="statement_is_issued_once",
            ),
            models.UniqueConstraint(fields=["supersedes"], name="statement_is_corrected_once"),
            # What a correction refers to: correction_is_of_the_same_period.
            models.UniqueConstraint(
                fields=["id", "profile", "period_start", "period_end"], name="statement_has_one_period"
            ),
            models.CheckConstraint(
                name="statement_period_is_forward",
                condition=Q(period_end__gte=F("period_start"), period_end__lt=F("period_start") + timedelta(days=366)),
            ),
            models.CheckConstraint(
                name="statement_year_is_of_its_period", condition=Q(year=ExtractYear("period_end"), sequence__gte=1)
            ),
            models.CheckConstraint(name="correction_has_reason", condition=Q(supersedes__isnull=True) | ~Q(reason="")),
            models.CheckConstraint(
                name="statement_does_not_correct_itself", condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id"))
            ),
            models.CheckConstraint(
                name="statement_has_its_document",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$", known_at__gt=0) & ~Q(storage_key=""),
            ),
        ]
        indexes = [models.Index(fields=["-period_end", "-id"], name="statement_by_period")]

    def __str__(self) -> str:
        return self.number
