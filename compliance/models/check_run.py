"""CheckRun: the house looked at its own books or record, and this is what it found."""

from django.db import models
from django.db.models import F, Q

from core.ids import new_id


class CheckRun(models.Model):
    """One check that the clock began. ``findings`` are the first of them, at most twenty: ``[{"where", "what"}]``."""

    class Kind(models.TextChoices):
        # The invariants; with each sealed record against its seal.
        BOOKS = "BOOKS"
        BOOKS_FULL = "BOOKS_FULL"
        # Seals, records and published checkpoints: from the last checkpoint on; from the first seal on.
        RECORD = "RECORD"
        RECORD_FULL = "RECORD_FULL"

    class Result(models.TextChoices):
        HOLDS = "HOLDS"
        BREACHED = "BREACHED"
        NOT_ALL_CHECKED = "NOT_ALL_CHECKED"

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    result = models.CharField(max_length=15, choices=Result.choices)
    # Rows or records that were read.
    looked_at = models.BigIntegerField()
    breaches = models.BigIntegerField()
    findings = models.JSONField(default=list)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["BOOKS", "BOOKS_FULL", "RECORD", "RECORD_FULL"]), name="check_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(result="BREACHED", breaches__gt=0) | Q(result__in=["HOLDS", "NOT_ALL_CHECKED"], breaches=0),
                name="check_result_says_what_was_found",
            ),
            models.CheckConstraint(condition=Q(looked_at__gte=0), name="check_looked_at_something_or_nothing"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("began_at")), name="check_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="newest_check_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.began_at:%Y-%m-%d %H:%M}"
