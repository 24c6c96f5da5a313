"""What a transaction has to tell others, written in the transaction itself."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class OutboxMessage(models.Model):
    """One thing that happened. The relay seals it: it gives the message its place in its stream.

    ``entity_id`` names the client whose stream it belongs to; none means the firm's own stream. ``payload`` carries ids and
    small facts, at most 16 KB; who needs more reads it from the tables.
    """

    class Channel(models.TextChoices):
        ORDERS = "ORDERS"
        EXECUTIONS = "EXECUTIONS"
        BALANCES = "BALANCES"
        TRANSFERS = "TRANSFERS"
        SETTLEMENT = "SETTLEMENT"
        IDENTITIES = "IDENTITIES"
        APPROVALS = "APPROVALS"
        MARKET = "MARKET"

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=100)
    channel = models.CharField(max_length=16, choices=Channel)
    entity_id = models.UUIDField(null=True)
    subject_type = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    stream_seq = models.BigIntegerField(null=True)
    prev_seq = models.BigIntegerField(null=True)
    sealed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity_id", "stream_seq"],
                name="outbox_seq_is_used_once",
                nulls_distinct=False,
                condition=Q(stream_seq__isnull=False),
            ),
            models.CheckConstraint(
                name="outbox_is_sealed_whole",
                condition=Q(stream_seq__isnull=True, prev_seq__isnull=True, sealed_at__isnull=True)
                | Q(stream_seq__isnull=False, prev_seq__isnull=False, sealed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="outbox_topic_is_app_noun_verb", condition=Q(topic__regex=r"^[a-z]+\.[a-z_]+\.[a-z_]+$")
            ),
        ]
        indexes = [models.Index(fields=["id"], name="outbox_unsealed", condition=Q(sealed_at__isnull=True))]
