"""The chain over everything that may not change unseen."""

from django.db import models
from django.db.models import F, Q


class SealedRecord(models.Model):
    """One sealed thing: the hash of its record, chained to the seal before it.

    ``leaf_hash`` = SHA-256(0x00 followed by the canonical JSON of kind, kind_seq, object_id, prev, record_hash, seal_seq,
    sealed_at): the leaf form of RFC 6962, so that the chain and a later tree share their leaves. All hashes are lower hex.
    """

    is_append_only = True

    seal_seq = models.BigIntegerField(primary_key=True)
    prev_seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20)
    kind_seq = models.BigIntegerField()
    object_id = models.UUIDField()
    record_hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    prev_leaf_hash = models.CharField(max_length=64)
    leaf_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="seal_seq_is_gapless",
                condition=Q(seal_seq=1, prev_seq__isnull=True)
                | Q(seal_seq__gt=1, prev_seq__isnull=False, prev_seq=F("seal_seq") - 1),
            ),
            models.UniqueConstraint(fields=["kind", "kind_seq"], name="kind_seq_is_used_once"),
            models.UniqueConstraint(fields=["kind", "object_id"], name="object_is_sealed_once"),
            models.UniqueConstraint(fields=["seal_seq", "leaf_hash"], name="seal_has_one_leaf"),
        ]


class SealHead(models.Model):
    """The single row that the sealer locks: where the chain ends."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seal_seq = models.BigIntegerField(default=0)
    leaf_hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(null=True)
    kind_seqs = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_seal_head", condition=Q(id=1))]


class Unsealed(models.Model):
    """A row that waits for its seal; written by an insert trigger of the table it comes from."""

    is_queue = True

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
