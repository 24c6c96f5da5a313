"""The matcher's transactions."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id
from trading.models.market import Market


class MarketBatch(models.Model):
    """One committed batch of a market: which instructions and events it holds. Append-only; sealed as one.

    Positions and sequences are ranges, both ends included; a batch without events has last_sequence = first_sequence - 1.

    ``levels`` is what the batch changed of the visible book: ``{"asks": [["60000.50", "1.2500"]], "bids": [["59990.00", "0"]]}``.
    Each is ``[price, size]`` at the market's price and amount scales, best first, and stands for one price whose displayed
    amount after the batch differs from that before it; the size is the whole amount displayed there after the batch, ``"0"`` for
    a level that is gone. A batch that changed nothing visible has two empty lists. None where more levels than
    ``BATCH_LEVELS_KEPT`` changed at once: a reader takes the book anew. ``checksum`` is that of the book after the batch (see
    ``trading.domain.checksum``), and ``state_hash`` stands for all that the book knew then, as of ``last_position`` (see
    ``trading.domain.state_hash``): whoever applies the market's instructions up to there again comes to the same. All three are
    None in batches older than these columns. ``trading.queries.market_feed`` reads them.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="batches", db_index=False)
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    first_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    levels = models.JSONField(null=True)
    checksum = models.BigIntegerField(null=True)
    state_hash = models.CharField(max_length=64, null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "first_position"], name="batch_follows_its_predecessor"),
            models.CheckConstraint(
                name="batch_runs_forward",
                condition=Q(last_position__gte=F("first_position"), last_sequence__gte=F("first_sequence") - 1),
            ),
            models.CheckConstraint(name="batch_checksum_has_32_bits", condition=Q(checksum__gte=0, checksum__lt=2**32)),
            models.CheckConstraint(name="batch_state_is_a_hash", condition=Q(state_hash__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="batch_levels_have_a_checksum", condition=Q(levels__isnull=True) | Q(checksum__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["market", "-last_sequence"], name="batch_newest")]
