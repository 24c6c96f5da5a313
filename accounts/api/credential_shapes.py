"""What is said of a credential, and how it is shown."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.domain.credential_terms import MOST_NETWORKS
from accounts.domain.scopes import SCOPES
from accounts.models import ApiCredential
from accounts.operations.issue_secret import LONGEST_OVERLAP_SECONDS
from core.api.fields import IdField, InstantField, TextField, WordField, is_plain_text
from core.api.shapes import ShapeIn, ShapeOut

_KEY = {"type": "string", "pattern": "^([A-Za-z0-9+/]{43}=)?$", "description": "Ed25519, 32 bytes in base64"}


class _Texts(serializers.Field[tuple[str, ...], Any, list[str], Any]):
    """A list of short plain texts, each once."""

    default_error_messages = {"FIELD_INVALID": "This must be a list of at most {most} plain texts."}
    most = MOST_NETWORKS

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list) or len(data) > self.most:
            self.fail("FIELD_INVALID", most=self.most)
        if not all(isinstance(each, str) and 1 <= len(each) <= 64 and is_plain_text(each) for each in data):
            self.fail("FIELD_INVALID", most=self.most)
        return tuple(dict.fromkeys(data))

    def to_representation(self, value: Any) -> list[str]:
        return list(value)


@extend_schema_field({"type": "array", "items": {"type": "string", "enum": sorted(SCOPES)}})
class ScopesField(_Texts):
    """Scopes by name; which there are is the operation's to know."""


@extend_schema_field(
    {
        "type": "array",
        "maxItems": MOST_NETWORKS,
        "items": {"type": "string", "example": "203.0.113.0/24"},
        "description": "Networks it may be used from, IPv4 or IPv6; empty: everywhere",
    }
)
class NetworksField(_Texts):
    """Networks by their spelling; whether they are some is the operation's to know."""


@extend_schema_field(_KEY)
class SigningKeyField(serializers.Field[str | None, Any, str | None, Any]):
    """A public key; empty to do without."""

    default_error_messages = {"FIELD_INVALID": "A signing key is 32 bytes in base64, or empty."}

    def to_internal_value(self, data: Any) -> str | None:
        if not isinstance(data, str) or len(data) > 44:
            self.fail("FIELD_INVALID")
        return data or None

    def to_representation(self, value: str | None) -> str | None:
        return value


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LONGEST_OVERLAP_SECONDS})
class OverlapField(serializers.Field[int, Any, int, Any]):
    """Whole seconds."""

    default_error_messages = {"NUMBER_INVALID": "This must be a whole number of seconds."}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("NUMBER_INVALID")
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field({"type": "boolean"})
class SwitchField(serializers.Field[bool, Any, bool, Any]):
    """true or false."""

    default_error_messages = {"FIELD_INVALID": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: bool) -> bool:
        return value


class CredentialIn(ShapeIn):
    label = TextField()  # type: ignore[assignment]
    scopes = ScopesField()
    allowed_cidrs = NetworksField(required=False)
    signing_public_key = SigningKeyField(required=False)
    expires_at = InstantField(required=False)


class CredentialChangeIn(ShapeIn):
    label = TextField(required=False)  # type: ignore[assignment]
    scopes = ScopesField(required=False)
    allowed_cidrs = NetworksField(required=False)
    signing_public_key = SigningKeyField(required=False)
    expires_at = InstantField(required=False)


class SecretIn(ShapeIn):
    overlap_seconds = OverlapField(required=False)
    replaces_oldest = SwitchField(required=False)


class CredentialOut(ShapeOut):
    id = IdField()
    entity_id = IdField()
    label = TextField()  # type: ignore[assignment]
    client_id = TextField()
    scopes = ScopesField()
    allowed_cidrs = NetworksField()
    signing_public_key = SigningKeyField(allow_null=True)
    rate_limits = serializers.JSONField(allow_null=True)
    status = WordField(ApiCredential.Status.values)
    has_secret = SwitchField()
    previous_secret_ends_at = InstantField(allow_null=True)
    expires_at = InstantField(allow_null=True)
    last_used_at = InstantField(allow_null=True)
    last_used_from = TextField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


class SecretOut(ShapeOut):
    """A secret as it is shown once; an answer that is given again has null in its place."""

    credential_id = IdField()
    client_id = TextField()
    client_secret = TextField(allow_null=True)
    previous_ends_at = InstantField(allow_null=True)


CREDENTIAL_IN, CREDENTIAL_CHANGE_IN, SECRET_IN = CredentialIn(), CredentialChangeIn(), SecretIn()
CREDENTIAL_OUT, SECRET_OUT = CredentialOut(), SecretOut()
