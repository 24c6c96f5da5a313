"""AccessToken: a bearer token of one credential, kept only as its hash."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from core.ids import new_id

from .api_credential import ApiCredential


class AccessToken(models.Model):
    """A bearer token with its scopes; it ends at expires_at, or when its credential is revoked or expires.

    Ended ones are swept.
    """

    is_queue = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    credential = models.ForeignKey(ApiCredential, on_delete=models.PROTECT, related_name="tokens")
    # Hexadecimal SHA-256 of the token.
    token_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_sha256"], name="token_hash_is_unique"),
            models.CheckConstraint(condition=models.Q(token_sha256__regex=r"^[0-9a-f]{64}$"), name="token_is_hashed"),
            models.CheckConstraint(condition=models.Q(scopes__len__gt=0), name="token_has_scopes"),
        ]

    def __str__(self) -> str:
        return f"token {self.id}"
