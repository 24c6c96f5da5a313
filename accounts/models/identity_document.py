"""IdentityDocument: a paper that an identity showed. The bytes are in the document store, encrypted."""

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id

from .identity import Identity

MOST_BYTES = 10 * 1024 * 1024


class IdentityDocument(models.Model):
    """One file, known by the SHA-256 of its bytes: an identity shows the same file once.

    Nothing of a row changes but its verdict (``document_is_kept``).
    """

    class Kind(models.TextChoices):
        PASSPORT = "PASSPORT"
        ID_CARD = "ID_CARD"
        RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
        UTILITY_BILL = "UTILITY_BILL"
        BANK_LETTER = "BANK_LETTER"
        TAX_FORM = "TAX_FORM"
        REGISTER_EXTRACT = "REGISTER_EXTRACT"
        TRUST_DEED = "TRUST_DEED"
        SOURCE_OF_FUNDS = "SOURCE_OF_FUNDS"
        OTHER = "OTHER"

    class Mime(models.TextChoices):
        PDF = "PDF"
        JPEG = "JPEG"
        PNG = "PNG"

    class Verdict(models.TextChoices):
        PENDING = "PENDING"
        ACCEPTED = "ACCEPTED"
        REFUSED = "REFUSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # Hexadecimal, of the bytes as they were sent.
    sha256 = models.CharField(max_length=64)
    # By its first bytes, not by what the sender calls it.
    mime = models.CharField(max_length=4, choices=Mime.choices)
    size_bytes = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=200)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.PENDING)
    # Why it has its verdict: a code of accounts/domain/identity_reasons.py.
    reason_code = models.CharField(max_length=32, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    # The last day on which the document itself is valid, where it has one.
    expires_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "sha256"], name="document_is_stored_once"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_is_hashed"),
            models.CheckConstraint(
                condition=Q(size_bytes__gte=1, size_bytes__lte=MOST_BYTES), name="document_size_is_bounded"
            ),
            models.CheckConstraint(condition=~Q(storage_key=""), name="document_is_somewhere"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "PASSPORT", "ID_CARD", "RESIDENCE_PERMIT", "UTILITY_BILL", "BANK_LETTER", "TAX_FORM",
                        "REGISTER_EXTRACT", "TRUST_DEED", "SOURCE_OF_FUNDS", "OTHER",
                    ]
                ),
                name="document_kind_is_known",
            ),
            models.CheckConstraint(condition=Q(mime__in=["PDF", "JPEG", "PNG"]), name="document_mime_is_known"),
            models.CheckConstraint(
                condition=Q(verdict__in=["PENDING", "ACCEPTED", "REFUSED"]), name="document_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="PENDING", decided_at__isnull=True, reason_code="")
                | (~Q(verdict="PENDING") & Q(decided_at__isnull=False) & ~Q(reason_code="")),
                name="decided_document_has_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:8]}"

    def mark_decided(self, *, verdict: str, reason_code: str, expires_date: date | None, at: datetime) -> None:
        """Store what compliance found."""
        self.verdict = verdict
        self.reason_code = reason_code
        self.expires_date = expires_date
        self.decided_at = at
        self.save(update_fields=["verdict", "reason_code", "expires_date", "decided_at"])
