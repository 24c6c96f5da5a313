"""How far each stream of messages has come."""

from django.db import models


class StreamHead(models.Model):
    """The last sequence of one entity's stream (``ALL``), and of the stream's last message on one channel.

    The relay locks these rows while it seals: they are what makes the numbers gapless.
    """

    ALL = "ALL"

    id = models.BigAutoField(primary_key=True)
    entity_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=16)
    last_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_id", "channel"], name="stream_has_one_head", nulls_distinct=False)
        ]
