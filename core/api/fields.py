"""The only field classes of the API: each takes one spelling of one value and nothing else."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.domain.decimals import MAX_SCALE, NumberInvalid, has_scale, parse_decimal

DECIMAL_PATTERN = r"^(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?$"
SIGNED_DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?$"
REF_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"
INSTANT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"

_REF = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
# Marks that turn the reading direction, or are not seen at all, make one text look like another.
_UNSEEN = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def instant_text(value: datetime) -> str:
    """``2026-03-02T10:01:00.000000Z``: an instant in UTC with six digits."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value.year >= 1000 else value.isoformat()


@extend_schema_field({"type": "string", "pattern": DECIMAL_PATTERN, "example": "0.2500"})
class AmountField(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as a JSON string. A digit beyond ``scale`` is refused, never rounded; answers print it as it
    is stored.
    """

    default_error_messages = {
        "NUMBER_INVALID": "A decimal is a string of digits with at most one point: nothing else.",
        "SCALE_EXCEEDED": "There are more digits behind the point than {scale}.",
    }
    is_signed = False

    def __init__(self, *, scale: int = MAX_SCALE, **options: Any) -> None:
        self.scale = scale
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            value = parse_decimal(data, signed=self.is_signed)
        except NumberInvalid:
            self.fail("NUMBER_INVALID")
        if self.scale < MAX_SCALE and not has_scale(value, self.scale):
            self.fail("SCALE_EXCEEDED", scale=self.scale)
        return value

    def to_representation(self, value: Decimal) -> str:
        # The scale is the value's own: whoever made it quantised it, and zero has no sign.
        return format(value, "f") if value else format(abs(value), "f")


@extend_schema_field({"type": "string", "pattern": SIGNED_DECIMAL_PATTERN, "example": "-0.25"})
class SignedAmountField(AmountField):
    """A decimal that may be negative; minus zero is refused."""

    is_signed = True


@extend_schema_field({"type": "string", "pattern": REF_PATTERN, "example": "order-2026-0001"})
class RefField(serializers.Field[str, Any, str, Any]):
    """An id that somebody outside chose: 1 to 64 of ``A-Z a-z 0-9 . _ : -``."""

    default_error_messages = {"FIELD_INVALID": "A reference is 1 to 64 of A-Z a-z 0-9 . _ : -"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _REF.match(data):
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field({"type": "string", "format": "uuid"})
class IdField(serializers.Field[UUID, Any, str, Any]):
    """A UUID in lower case with its hyphens."""

    default_error_messages = {"FIELD_INVALID": "An id is a UUID in lower case with hyphens."}

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.match(data):
            self.fail("FIELD_INVALID")
        return UUID(data)

    def to_representation(self, value: UUID) -> str:
        return str(value)


@extend_schema_field({"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN})
class InstantField(serializers.Field[datetime, Any, str, Any]):
    """An instant in UTC to the microsecond."""

    default_error_messages = {"FIELD_INVALID": "An instant is 2026-03-02T10:01:00.000000Z, in UTC."}

    def to_internal_value(self, data: Any) -> datetime:
        value = parse_instant(data)
        if value is None:
            self.fail("FIELD_INVALID")
        return value

    def to_representation(self, value: datetime) -> str:
        return instant_text(value)


_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z\Z", re.ASCII)


def parse_instant(text: Any) -> datetime | None:
    """The instant that ``text`` spells, or ``None``."""
    if not isinstance(text, str) or not _INSTANT.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[date, Any, str, Any]):
    """A day, ``2026-03-02``."""

    default_error_messages = {"FIELD_INVALID": "A day is 2026-03-02."}

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _DAY.match(data):
            self.fail("FIELD_INVALID")
        try:
            return date.fromisoformat(data)
        except ValueError:
            self.fail("FIELD_INVALID")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class WordField(serializers.ChoiceField):
    """One of a few upper-case words, exactly as written."""

    default_error_messages = {"FIELD_INVALID": "This must be one of {words}."}

    def __init__(self, words: Iterable[str], **options: Any) -> None:
        self.words = tuple(words)
        super().__init__(choices=[(word, word) for word in self.words], **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.words:
            self.fail("FIELD_INVALID", words=", ".join(self.words))
        return data

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string"})
class TextField(serializers.Field[str, Any, str, Any]):
    """Free text in NFC of at most ``most`` characters, without control characters and direction marks."""

    default_error_messages = {"FIELD_INVALID": "This must be 1 to {most} plain characters."}

    def __init__(self, *, most: int = 100, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not 1 <= len(data) <= self.most or not is_plain_text(data):
            self.fail("FIELD_INVALID", most=self.most)
        return data

    def to_representation(self, value: str) -> str:
        return str(value)


@extend_schema_field({"type": "integer"})
class CountField(serializers.Field[int, Any, int, Any]):
    """A whole JSON number from ``least`` to ``most``."""

    default_error_messages = {"NUMBER_INVALID": "This must be a whole number from {least} to {most}."}

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        # bool is an int in Python, and none here.
        if type(data) is not int or not self.least <= data <= self.most:
            self.fail("NUMBER_INVALID", least=self.least, most=self.most)
        return data

    def to_representation(self, value: int) -> int:
        return value


def is_plain_text(text: str) -> bool:
    """Whether ``text`` is in NFC and every character of it is seen."""
    if text.isascii():
        return text.isprintable()
    if _UNSEEN & set(text) or unicodedata.normalize("NFC", text) != text:
        return False
    return all(unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co") for character in text)


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "maxLength": 100}, "maxProperties": 6}
)
class MetadataField(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """The client's own notes: at most 6 pairs of a reference and up to 100 plain characters."""

    default_error_messages = {
        "FIELD_INVALID": "Metadata is at most 6 pairs of a reference and up to 100 plain characters."
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or len(data) > 6:
            self.fail("FIELD_INVALID")
        for key, text in data.items():
            if not (_REF.match(key) and isinstance(text, str) and len(text) <= 100 and is_plain_text(text)):
                self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value
