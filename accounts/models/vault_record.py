"""VaultRecord: one detail of a natural person, encrypted."""

import pgtrigger
from django.db import models
from django.db.models.lookups import Exact, GreaterThanOrEqual

from accounts.domain.personal_fields import FIELDS
from core.ids import new_id

# A change is a further version: the one that stood before stays what it was.
_VERSION_IS_NEXT = """
IF NEW.record_version <> 1 + COALESCE((
    SELECT max(v.record_version) FROM accounts_vaultrecord v WHERE v.subject_id = NEW.subject_id AND v.field = NEW.field
), 0) THEN
    RAISE EXCEPTION 'version % of % does not follow', NEW.record_version, NEW.field
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'vault_version_is_gapless', TABLE = TG_TABLE_NAME;
END IF;
RETURN NEW;
"""


def _length_of(field: str) -> models.Func:
    return models.Func(models.F(field), function="octet_length", output_field=models.IntegerField())


class VaultRecord(models.Model):
    """A version of one field of one subject: AES-256-GCM under the subject's data key, bound to subject, field and version.

    The newest version counts. Append-only; what a destroyed data key leaves here opens for nobody.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_id = models.UUIDField()
    field = models.CharField(max_length=32)
    record_version = models.PositiveIntegerField()
    nonce = models.BinaryField(max_length=12)
    # The text in UTF-8 and a tag of 16 bytes.
    ciphertext = models.BinaryField(max_length=4_096)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "field", "record_version"], name="vault_version_is_used_once"
            ),
            # Twice one nonce under one key gives both texts away.
            models.UniqueConstraint(fields=["subject_id", "nonce"], name="vault_nonce_is_used_once"),
            models.CheckConstraint(condition=Exact(_length_of("nonce"), 12), name="vault_nonce_is_96_bits"),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(_length_of("ciphertext"), 16), name="vault_ciphertext_has_its_tag"
            ),
            models.CheckConstraint(condition=models.Q(record_version__gte=1), name="vault_version_counts_from_one"),
            models.CheckConstraint(condition=models.Q(field__in=sorted(FIELDS)), name="vault_field_is_known"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="vault_version_is_gapless",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                level=pgtrigger.Row,
                func=_VERSION_IS_NEXT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.record_version} of {self.subject_id}"
