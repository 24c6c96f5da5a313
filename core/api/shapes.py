"""What comes in and what goes out: serializers that are made once and used for every request.

REST framework copies all fields for each serializer it makes; one instance per shape, kept in its module,
costs nothing.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.utils.functional import cached_property
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from core.api.strict_json import pointer_to, request_invalid
from core.domain.refusals import FieldError

_CODES = {"required": "FIELD_MISSING", "null": "FIELD_INVALID"}


class ShapeIn(serializers.Serializer[Any]):
    """A request's fields. Whatever is not named is refused: nothing can be set that was not meant to be."""

    def parse(self, data: Any) -> dict[str, Any]:
        """The validated values. Refuses with ``REQUEST_INVALID`` (400), naming every field that is wrong."""
        if not isinstance(data, dict):
            raise request_invalid(FieldError("", "FIELD_INVALID", "The body must be an object."))
        errors = [
            FieldError(pointer_to("", key), "UNKNOWN_FIELD", "There is no such field.")
            for key in data
            if key not in self.fields
        ]
        try:
            values: dict[str, Any] = self.to_internal_value(data)
        except serializers.ValidationError as invalid:
            errors += _field_errors(invalid)
        if errors:
            raise request_invalid(*errors[:100])
        return values


def _field_errors(invalid: serializers.ValidationError) -> Iterable[FieldError]:
    details = invalid.detail
    assert isinstance(details, dict)
    for name, messages in details.items():
        for message in messages:
            code = getattr(message, "code", None) or "FIELD_INVALID"
            yield FieldError(pointer_to("", str(name)), _CODES.get(code, code), str(message))


class ShapeOut(serializers.Serializer[Any]):
    """An answer's fields, read from an object's attributes of the same names."""

    @cached_property
    def _plan(self) -> list[tuple[str, Any, Any]]:
        return [
            (name, attrgetter(field.source or name), field.to_representation) for name, field in self.fields.items()
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The answer's value. ``None`` stays null."""
        shaped: dict[str, Any] = {}
        for name, read, represent in self._plan:
            value = read(instance)
            shaped[name] = None if value is None else represent(value)
        return shaped


def page_shape(item: type[ShapeOut]) -> serializers.Serializer[Any]:
    """The schema of one page of ``item``."""
    return inline_serializer(
        f"{item.__name__.removesuffix('Out')}Page",
        {"items": item(many=True), "next_cursor": serializers.CharField(allow_null=True)},
    )
