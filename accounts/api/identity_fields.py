"""Fields of identities: details that go to the vault, checks that looked at them, who stands behind a profile."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.contracts import Membership
from accounts.domain.personal_fields import FIELDS, read_details
from accounts.models import ProfileMember
from accounts.operations.change_members import MOST_MEMBERS
from core.api.fields import IdField, TextField, WordField
from core.api.shapes import ShapeIn
from core.api.strict_json import request_invalid
from core.domain.refusals import FieldError, Refusal

_TEXTS = {name: {"type": "string", "maxLength": field.longest} for name, field in FIELDS.items()}


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{2}$", "example": "CH"})
class CountryField(serializers.Field[str, Any, str, Any]):
    """Two upper-case letters of ISO 3166-1."""

    default_error_messages = {"FIELD_INVALID": "A country is two upper-case letters."}

    def to_internal_value(self, data: Any) -> str:
        if not (isinstance(data, str) and len(data) == 2 and data.isascii() and data.isalpha() and data.isupper()):
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field({"type": "object", "properties": _TEXTS, "additionalProperties": False})
class DetailsField(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """What is known of somebody, by name of the detail; what each text has to look like is checked by ``sound_details``."""

    default_error_messages = {"FIELD_INVALID": "Details are an object of texts."}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value


def sound_details(details: Mapping[str, str], *, pointer: str = "/details") -> dict[str, str]:
    """The details in the form they are kept in. Refuses what is none with REQUEST_INVALID (400), by pointer and without a
    value.
    """
    try:
        return read_details(details)
    except Refusal as refusal:
        errors = [FieldError(f"{pointer}{error.pointer}", _CODES[error.code], error.detail) for error in refusal.errors]
        raise request_invalid(*errors[:100]) from None


_CODES = {"FIELD_UNKNOWN": "UNKNOWN_FIELD", "VALUE_INVALID": "FIELD_INVALID"}


@extend_schema_field({"type": "array", "maxItems": len(FIELDS), "items": {"type": "string", "enum": sorted(FIELDS)}})
class DetailNamesField(serializers.Field[tuple[str, ...], Any, list[str], Any]):
    """Names of details."""

    default_error_messages = {"FIELD_INVALID": "This is a list of names of details, each once."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list) or not all(isinstance(name, str) and name in FIELDS for name in data):
            self.fail("FIELD_INVALID")
        if len(set(data)) != len(data):
            self.fail("FIELD_INVALID")
        return tuple(data)

    def to_representation(self, value: Any) -> list[str]:
        return list(value)


_LOOKS_PERSONAL = re.compile(r"@|[0-9]{6}")


class HouseNameField(TextField):
    """The name of a firm or of a desk: plain text that is kept in the record for ever, so it is no e-mail address and no
    number of a person.
    """

    default_error_messages = {"FIELD_INVALID": "This is the name of a firm: up to {most} plain characters."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if _LOOKS_PERSONAL.search(text):
            self.fail("FIELD_INVALID", most=self.most)
        return text


class MemberIn(ShapeIn):
    identity_id = IdField()
    role = WordField(ProfileMember.Role.values)


MEMBER_IN = MemberIn()


@extend_schema_field(
    {
        "type": "array",
        "maxItems": MOST_MEMBERS,
        "items": {
            "type": "object",
            "required": ["identity_id", "role"],
            "additionalProperties": False,
            "properties": {
                "identity_id": {"type": "string", "format": "uuid"},
                "role": {"type": "string", "enum": ProfileMember.Role.values},
            },
        },
    }
)
class MembersField(serializers.Field[tuple[Membership, ...], Any, Any, Any]):
    """Who stands behind a profile: roles of identities."""

    default_error_messages = {
        "FIELD_INVALID": f"Members are at most {MOST_MEMBERS} objects of an identity_id and a role, each once."
    }

    def to_internal_value(self, data: Any) -> tuple[Membership, ...]:
        if not isinstance(data, list) or len(data) > MOST_MEMBERS:
            self.fail("FIELD_INVALID")
        try:
            members = tuple(Membership(**MEMBER_IN.parse(item)) for item in data)
        except Refusal:
            self.fail("FIELD_INVALID")
        if len(set(members)) != len(members):
            self.fail("FIELD_INVALID")
        return members
