"""ApiCredential: what a client's program signs in with. Secrets are shown once; only their hashes are kept."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from core.fields import CidrField
from core.ids import new_id

from .entity import Entity

HASH_PATTERN = r"^[0-9a-f]{64}$"
# Each bucket's pace as a text, 50/100; and who may order faster may cancel faster still.
KNOWN_LIMITS = """
rate_limits IS NULL OR (
    jsonb_typeof(rate_limits) = 'object'
    AND rate_limits - '{orders,cancels,quotes,writes,reads,tokens}'::text[] = '{}'::jsonb
    AND NOT jsonb_path_exists(rate_limits, 'strict $.* ? (@.type() <> "string")')
    AND NOT jsonb_path_exists(rate_limits,
        'strict $.* ? (!(@ like_regex "^(0|[1-9][0-9]{0,5})([.][0-9]{1,6})?/[1-9][0-9]{0,5}$"))')
)
"""
CANCELS_KEEP_UP = """
rate_limits IS NULL OR NOT rate_limits ?| '{orders,cancels}'::text[] OR (
    rate_limits ?& '{orders,cancels}'::text[]
    AND split_part(rate_limits ->> 'cancels', '/', 1)::numeric >= split_part(rate_limits ->> 'orders', '/', 1)::numeric
    AND split_part(rate_limits ->> 'cancels', '/', 2)::numeric >= split_part(rate_limits ->> 'orders', '/', 2)::numeric
)
"""


def _sql(text: str) -> RawSQL:
    return RawSQL(" ".join(text.split()), (), models.BooleanField())  # noqa: S611 - a constant of this file


class ApiCredential(models.Model):
    """A client id bound to one entity and to named scopes, with the SHA-256 of a 256-bit secret, or of two while they change.

    It has no secret until somebody has been shown the first one. ``revoked_credential_stays_revoked`` is a trigger: a check
    cannot see what a row was before.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        REVOKED = "REVOKED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="credentials")
    label = models.CharField(max_length=100)
    client_id = models.CharField(max_length=64)
    # Hexadecimal SHA-256. The secret has 256 random bits, so a slow hash would add nothing.
    secret_hash = models.CharField(max_length=64, null=True, blank=True)
    # The secret before it, which opens until its own end.
    previous_secret_hash = models.CharField(max_length=64, null=True, blank=True)
    previous_secret_ends_at = models.DateTimeField(null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=32))
    # The networks it may be used from; none: from everywhere.
    allowed_cidrs = ArrayField(CidrField(), default=list, blank=True)
    # Ed25519 (RFC 8032), 32 bytes in base64. Once there is one, every call has to be signed.
    signing_public_key = models.CharField(max_length=44, null=True, blank=True)
    # Paces of its own, bucket -> "50/100"; null: the house's.
    rate_limits = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Noted at most once a minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id"], name="client_id_is_unique"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="credential_has_scopes"),
            models.CheckConstraint(condition=Q(secret_hash__regex=HASH_PATTERN), name="credential_secret_is_hashed"),
            models.CheckConstraint(
                condition=Q(previous_secret_hash__isnull=True, previous_secret_ends_at__isnull=True)
                | Q(
                    previous_secret_hash__isnull=False,
                    previous_secret_hash__regex=HASH_PATTERN,
                    previous_secret_ends_at__isnull=False,
                    secret_hash__isnull=False,
                ),
                name="previous_secret_is_hashed_and_ends",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret_hash__isnull=True) | ~Q(previous_secret_hash=F("secret_hash")),
                name="credential_secrets_differ",
            ),
            models.CheckConstraint(
                condition=Q(signing_public_key__isnull=True) | Q(signing_public_key__regex=r"^[A-Za-z0-9+/]{43}=$"),
                name="signing_key_has_32_bytes",
            ),
            models.CheckConstraint(condition=Q(allowed_cidrs__len__lte=50), name="credential_networks_are_bounded"),
            models.CheckConstraint(condition=_sql(KNOWN_LIMITS), name="credential_limits_are_known"),
            models.CheckConstraint(condition=_sql(CANCELS_KEEP_UP), name="credential_cancels_as_fast_as_it_orders"),
            models.CheckConstraint(condition=Q(status__in=["ACTIVE", "REVOKED"]), name="credential_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.client_id})"

    @property
    def has_secret(self) -> bool:
        """Whether somebody has been shown a secret that opens."""
        return self.secret_hash is not None

    def is_usable(self, *, at: datetime) -> bool:
        """Whether the credential may be used at ``at``: not revoked, not past its end."""
        return self.status == self.Status.ACTIVE and (self.expires_at is None or self.expires_at > at)

    def has_previous_secret(self, *, at: datetime) -> bool:
        """Whether the secret before the present one still opens at ``at``."""
        return self.previous_secret_ends_at is not None and self.previous_secret_ends_at > at

    def mark_revoked(self, *, at: datetime) -> None:
        """Revoke it. There is no way back (``revoked_credential_stays_revoked``)."""
        self.status = self.Status.REVOKED
        self._mark_changed(at, "status")

    def mark_secret(self, *, sha256: str, overlap: timedelta, at: datetime) -> None:
        """Give it a secret; the one it had becomes the previous one and opens for ``overlap`` more."""
        if self.secret_hash is not None:
            ends = overlap > timedelta(0)
            self.previous_secret_hash = self.secret_hash if ends else None
            self.previous_secret_ends_at = at + overlap if ends else None
        self.secret_hash = sha256
        self._mark_changed(at, "secret_hash", "previous_secret_hash", "previous_secret_ends_at")

    def mark_terms(self, *, at: datetime, **terms: object) -> None:
        """Change its label, scopes, networks, end, signing key or paces."""
        for name, value in terms.items():
            setattr(self, name, value)
        self._mark_changed(at, *terms)

    def _mark_changed(self, at: datetime, *fields: str) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=[*fields, "version", "updated_at"])
