"""Why value moved."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id
from core.schema import Partitioning


class Entry(models.Model):
    """The postings of one event. Append-only; a mistake is corrected by a further entry that names this one (``corrects``).

    One source has one entry of a kind (``event_is_posted_once``, a unique index in each partition). ``event_at`` is when it
    happened, ``recorded_at`` when it was written, ``business_date`` the day it counts for.
    """

    partitioning = Partitioning(by="MONTH", unique={"event_is_posted_once": ("source_id", "kind", "source_type")})
    is_append_only = True

    class Kind(models.TextChoices):
        DEPOSIT = "DEPOSIT"
        DEPOSIT_RECEIVED = "DEPOSIT_RECEIVED"
        DEPOSIT_RELEASED = "DEPOSIT_RELEASED"
        DEPOSIT_RETURNED = "DEPOSIT_RETURNED"
        DEPOSIT_REVERSED = "DEPOSIT_REVERSED"
        INTERNAL_TRANSFER = "INTERNAL_TRANSFER"
        MANUAL_JOURNAL = "MANUAL_JOURNAL"
        QUOTE_EXECUTION = "QUOTE_EXECUTION"
        REVERSAL = "REVERSAL"
        TRADE = "TRADE"
        WITHDRAWAL = "WITHDRAWAL"
        WITHDRAWAL_RETURNED = "WITHDRAWAL_RETURNED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24)
    event_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    business_date = models.DateField()
    source_type = models.CharField(max_length=32)
    source_id = models.UUIDField()
    group_id = models.UUIDField()
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_index=False)
    narrative = models.CharField(max_length=200, blank=True)
    actor_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entry_does_not_correct_itself",
                condition=Q(corrects__isnull=True) | ~Q(corrects=models.F("id")),
            ),
            models.CheckConstraint(
                name="reversal_names_its_entry", condition=~Q(kind="REVERSAL") | Q(corrects__isnull=False)
            ),
        ]
        indexes = [
            # Entries lie in the order in which they were written, and all three run along with it: an index of a few pages that
            # costs the matcher next to nothing.
            BrinIndex(
                fields=["business_date", "event_at", "recorded_at"],
                name="entry_by_time",
                pages_per_range=16,
                autosummarize=True,
            ),
            models.Index(fields=["corrects"], name="entry_corrects", condition=Q(corrects__isnull=False)),
        ]
