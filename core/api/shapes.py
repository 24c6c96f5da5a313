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


class ShapeIn(serializers.Serializer[Any]):
    """A request's fields. Whatever is not named is refused: nothing can be set that was not meant to be."""

    def parse(self, data: Any) -> dict[str, Any]:
        """The validated values. Refuses with ``REQUEST_INVALID`` (400), naming every field that is wrong."""
        if not isinstance(data, dict):
            raise request_invalid(FieldError("", "FIELD_INVALID", "The body must be an object."))
        errors = [
            FieldError(pointer_to("", key), "UNKNOWN_FIELD", "There is no such field.")
            for key in data
            if key not in self._plan
        ]
        values: dict[str, Any] = {}
        for name, (field, read) in self._plan.items():
            if name not in data:
                if field.required:
                    errors.append(FieldError(pointer_to("", name), "FIELD_MISSING", "This field is required."))
                continue
            try:
                values[name] = read(_present(data[name]))
            except serializers.ValidationError as invalid:
                errors += _field_errors(name, invalid)
        if errors:
            raise request_invalid(*errors[:100])
        return values

    @cached_property
    def _plan(self) -> dict[str, tuple[Any, Any]]:
        # Our fields say all they demand in `to_internal_value`; validators beside it would not be asked.
        plan = {name: (field, field.to_internal_value) for name, field in self.fields.items()}
        assert not any(field.validators or field.allow_null for field, _ in plan.values())
        return plan


def _present(value: Any) -> Any:
    if value is None:
        raise serializers.ValidationError("This field may not be null.", code="FIELD_INVALID")
    return value


def _field_errors(name: str, invalid: serializers.ValidationError) -> Iterable[FieldError]:
    details = invalid.detail
    assert isinstance(details, list)
    for message in details:
        yield FieldError(pointer_to("", name), getattr(message, "code", None) or "FIELD_INVALID", str(message))


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
