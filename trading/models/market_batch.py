"""The matcher's transactions."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id
from trading.models.market import Market


class MarketBatch(models.Model):
    """One committed batch of a market: which instructions and events it holds. Append-only; sealed as one.

    Positions and sequences are ranges, both ends included; a batch without events has last_sequence = first_sequence - 1.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="batches", db_index=False)
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    first_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "first_position"], name="batch_follows_its_predecessor"),
            models.CheckConstraint(
                name="batch_runs_forward",
                condition=Q(last_position__gte=F("first_position"), last_sequence__gte=F("first_sequence") - 1),
            ),
        ]
        indexes = [models.Index(fields=["market", "-last_sequence"], name="batch_newest")]
