"""VaultIndex: how a person is found by a detail without anybody reading the details."""

from django.db import models
from django.db.models.lookups import Exact

from accounts.domain.personal_fields import FIELDS


class VaultIndex(models.Model):
    """HMAC-SHA256 of the looked-up form of a subject's newest value, under the index key named by ``index_key_id``.

    Rows go when their subject's data key is destroyed.
    """

    is_queue = True

    id = models.BigAutoField(primary_key=True)
    field = models.CharField(max_length=32)
    index_key_id = models.CharField(max_length=32)
    blind_index = models.BinaryField(max_length=32)
    subject_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "field"], name="subject_is_indexed_once_by_a_field"),
            models.CheckConstraint(
                condition=Exact(
                    models.Func(models.F("blind_index"), function="octet_length", output_field=models.IntegerField()),
                    32,
                ),
                name="blind_index_is_256_bits",
            ),
            models.CheckConstraint(condition=models.Q(field__in=sorted(FIELDS)), name="indexed_field_is_known"),
        ]
        indexes = [models.Index(fields=["field", "blind_index"], name="vault_is_looked_up")]

    def __str__(self) -> str:
        return f"{self.field} of {self.subject_id}"
