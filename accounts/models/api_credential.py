"""ApiCredential: what a client's program signs in with. The secret is shown once; only its hash is kept."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from core.ids import new_id

from .entity import Entity


class ApiCredential(models.Model):
    """A client id with the SHA-256 of a 256-bit secret, bound to one entity and to named scopes.

    ``revoked_credential_stays_revoked`` is a trigger: a check cannot see what a row was before.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        REVOKED = "REVOKED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="credentials")
    label = models.CharField(max_length=100)
    client_id = models.CharField(max_length=64)
    # Hexadecimal SHA-256. The secret has 256 random bits, so a slow hash would add nothing.
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True)
    # When a token was last issued for it.
    last_used_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id"], name="client_id_is_unique"),
            models.CheckConstraint(condition=models.Q(scopes__len__gt=0), name="credential_has_scopes"),
            models.CheckConstraint(
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"), name="credential_secret_is_hashed"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["ACTIVE", "REVOKED"]), name="credential_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.client_id})"

    def is_usable(self, *, at: datetime) -> bool:
        """Whether the credential may be used at ``at``: not revoked, not past its end."""
        return self.status == self.Status.ACTIVE and (self.expires_at is None or self.expires_at > at)

    def mark_revoked(self, *, at: datetime) -> None:
        """Revoke it. There is no way back (``revoked_credential_stays_revoked``)."""
        self.status = self.Status.REVOKED
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "version", "updated_at"])

    def mark_used(self, *, at: datetime) -> None:
        """Note that a token was issued at ``at``."""
        self.last_used_at = at
        self.save(update_fields=["last_used_at"])
