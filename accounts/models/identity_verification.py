"""IdentityVerification: what a check of an identity came to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id

from .identity import Identity


class IdentityVerification(models.Model):
    """One result of one check. Append-only: of each check the newest counts, in the order of ``identity_version``."""

    is_append_only = True

    class Check(models.TextChoices):
        ID_DOCUMENT = "ID_DOCUMENT"
        ADDRESS = "ADDRESS"
        SANCTIONS = "SANCTIONS"
        PEP = "PEP"
        ADVERSE_MEDIA = "ADVERSE_MEDIA"
        TAX_ID = "TAX_ID"
        SOURCE_OF_FUNDS = "SOURCE_OF_FUNDS"
        CONTROL_PERSON = "CONTROL_PERSON"

    class Method(models.TextChoices):
        INTERNAL = "INTERNAL"
        VENDOR = "VENDOR"
        PASSTHROUGH = "PASSTHROUGH"

    class Verdict(models.TextChoices):
        PENDING = "PENDING"
        CLEAR = "CLEAR"
        CONSIDER = "CONSIDER"
        FAILED = "FAILED"
        ERROR = "ERROR"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="verifications")
    # The version that the identity has with this result: its place among the others.
    identity_version = models.PositiveIntegerField()
    # Not `check`: that name is Django's own on every model.
    check_kind = models.CharField(max_length=15, choices=Check.choices)
    method = models.CharField(max_length=11, choices=Method.choices)
    # Who checked, and the verifier's own id of the check; empty for a check that was reopened by the house.
    verifier = models.CharField(max_length=100, blank=True)
    verifier_reference = models.CharField(max_length=128, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    # Names of details, never their values.
    fields_checked = ArrayField(models.CharField(max_length=32), default=list)
    verified_at = models.DateTimeField(null=True, blank=True)
    # The last day on which the result is good, where it has one.
    expires_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            # One version of an identity may reopen several checks at once, each once.
            models.UniqueConstraint(
                fields=["identity", "check_kind", "identity_version"], name="verification_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["PENDING", "ERROR"]) | Q(verified_at__isnull=False),
                name="decided_verification_has_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    check_kind__in=[
                        "ID_DOCUMENT", "ADDRESS", "SANCTIONS", "PEP", "ADVERSE_MEDIA", "TAX_ID", "SOURCE_OF_FUNDS",
                        "CONTROL_PERSON",
                    ]
                ),
                name="verification_check_is_known",
            ),
            models.CheckConstraint(
                condition=Q(method__in=["INTERNAL", "VENDOR", "PASSTHROUGH"]), name="verification_method_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["PENDING", "CLEAR", "CONSIDER", "FAILED", "ERROR"]),
                name="verification_verdict_is_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict="PENDING") | ~Q(verifier=""), name="verification_names_its_verifier"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.check_kind} {self.verdict}"
