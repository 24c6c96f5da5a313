"""What comes in of identities, and what goes out: nothing that says who somebody is, save masked."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.identity_fields import CountryField, DetailNamesField, DetailsField, HouseNameField
from accounts.domain.identity_reasons import DECISION_REASONS
from accounts.models import Identity, IdentityDocument, IdentityVerification
from core.api.fields import DayField, IdField, InstantField, RefField, TextField, WordField
from core.api.shapes import ShapeIn, ShapeOut

CHECKS = IdentityVerification.Check.values
VERDICTS = IdentityVerification.Verdict.values


class IdentityIn(ShapeIn):
    reference = RefField()
    kind = WordField(Identity.Kind.values)
    country = CountryField()
    details = DetailsField()


class IdentityPatchIn(ShapeIn):
    details = DetailsField()


class IdentityOut(ShapeOut):
    id = IdField()
    entity_id = IdField()
    reference = RefField()
    kind = WordField(Identity.Kind.values)
    status = WordField(Identity.Status.values)
    reason_code = TextField()
    decided_at = InstantField()
    risk_rating = WordField(Identity.RiskRating.values)
    country = CountryField()
    last_refresh_date = DayField()
    refresh_due_date = DayField()
    refresh_status = WordField(Identity.RefreshStatus.values)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["check", "is_required", "verdict"],
            "properties": {
                "check": {"type": "string", "enum": CHECKS},
                "is_required": {"type": "boolean"},
                "verdict": {"type": ["string", "null"], "enum": [*VERDICTS, None]},
            },
        },
    }
)
class ChecksField(serializers.Field[Any, Any, Any, Any]):
    """Every check that is required or was made, with its newest verdict."""

    def to_representation(self, value: Any) -> Any:
        return value


class IdentityDetailOut(IdentityOut):
    """One identity whole. ``details`` are masked: enough to tell two people apart, too little to use."""

    details = DetailsField()
    checks = ChecksField()


class VerificationIn(ShapeIn):
    check = WordField(CHECKS)
    verdict = WordField(VERDICTS)
    # Both stay in the record for ever: neither takes a person's data.
    verifier = HouseNameField(most=100)
    verifier_reference = RefField()
    fields_checked = DetailNamesField()
    verified_at = InstantField(required=False)
    expires_date = DayField(required=False)


class FirmVerificationIn(VerificationIn):
    method = WordField([IdentityVerification.Method.INTERNAL, IdentityVerification.Method.VENDOR])


class VerificationOut(ShapeOut):
    id = IdField()
    identity_id = IdField()
    check = WordField(CHECKS, source="check_kind")
    method = WordField(IdentityVerification.Method.values)
    verifier = TextField()
    verifier_reference = TextField()
    verdict = WordField(VERDICTS)
    fields_checked = DetailNamesField()
    verified_at = InstantField()
    expires_date = DayField()
    created_at = InstantField()


class DocumentIn(ShapeIn):
    """The fields of the form beside the file itself."""

    kind = WordField(IdentityDocument.Kind.values)
    expires_date = DayField(required=False)


class DocumentOut(ShapeOut):
    id = IdField()
    identity_id = IdField()
    kind = WordField(IdentityDocument.Kind.values)
    sha256 = TextField()
    mime = WordField(IdentityDocument.Mime.values)
    size_bytes = serializers.IntegerField()
    verdict = WordField(IdentityDocument.Verdict.values)
    reason_code = TextField()
    decided_at = InstantField()
    expires_date = DayField()
    created_at = InstantField()


class DecisionIn(ShapeIn):
    status = WordField(Identity.Status.values)
    reason = WordField(DECISION_REASONS)
    note = TextField(most=500, required=False)


class RiskRatingIn(ShapeIn):
    rating = WordField(Identity.RiskRating.values)
    reason = TextField(most=500)


IDENTITY_IN = IdentityIn()
IDENTITY_PATCH_IN = IdentityPatchIn()
IDENTITY_OUT = IdentityOut()
IDENTITY_DETAIL_OUT = IdentityDetailOut()
VERIFICATION_IN = VerificationIn()
FIRM_VERIFICATION_IN = FirmVerificationIn()
VERIFICATION_OUT = VerificationOut()
DOCUMENT_IN = DocumentIn()
DOCUMENT_OUT = DocumentOut()
DECISION_IN = DecisionIn()
RISK_RATING_IN = RiskRatingIn()
