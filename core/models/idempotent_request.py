"""The answer that a key stands for."""

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id


class IdempotentRequest(models.Model):
    """A creating request and its stored answer; inserted first, in the work's own transaction.

    The row exists exactly when the work does. ``answer`` keeps the bytes that were sent, so that a repetition is answered
    with the same ones.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal_id = models.UUIDField()
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    body_sha256 = models.CharField(max_length=64)
    body = models.JSONField()
    status_code = models.SmallIntegerField(null=True)
    answer = models.BinaryField(null=True)
    resource_type = models.CharField(max_length=64, blank=True)
    resource_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal_id", "route", "key"], name="idempotency_key_is_used_once")
        ]
