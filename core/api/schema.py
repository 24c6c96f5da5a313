"""How the schema is drawn: every operation says how it may be refused, every list how it is filtered."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """Adds the problem answer to every operation."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            schema = {"$ref": "#/components/schemas/Problem"}
            answer = {"description": "Refused", "content": {"application/problem+json": {"schema": schema}}}
            operation["responses"].setdefault("default", answer)
        return operation

    def get_filter_backends(self) -> list[Any]:
        return []
