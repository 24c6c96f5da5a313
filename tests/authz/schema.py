"""The operations of the API as its own OpenAPI file lists them."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from config.docs import openapi_bytes

JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """One operation: how it is asked, which ids its path takes, what its body and its answers may hold."""

    name: str
    method: str
    path: str
    scope: str | None
    path_names: tuple[str, ...]
    query: dict[str, dict[str, Any]]
    headers: frozenset[str]
    media_type: str | None
    body: dict[str, Any]
    answers: dict[str, dict[str, Any]]

    @property
    def is_list(self) -> bool:
        """Whether it answers with a page that a cursor goes on from."""
        return self.method == "GET" and "cursor" in self.query

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    def address(self, values: dict[str, str]) -> str:
        """The path with ``values`` in the places of its names."""
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.path)


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi_bytes())
    return found


@cache
def operations() -> dict[str, Operation]:
    """Every operation by its ``operationId``."""
    found = [
        _read(path, method, raw) for path, methods in document()["paths"].items() for method, raw in methods.items()
    ]
    names = [operation.name for operation in found]
    assert len(set(names)) == len(names), f"operation ids stand twice: {sorted(names)}"
    return {operation.name: operation for operation in found}


def _read(path: str, method: str, raw: dict[str, Any]) -> Operation:
    parameters = raw.get("parameters", [])
    content = raw.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), None)
    security = [scope for each in raw.get("security", []) for scopes in each.values() for scope in scopes]
    return Operation(
        name=raw["operationId"],
        method=method.upper(),
        path=path,
        scope=security[0] if security else None,
        path_names=tuple(re.findall(r"\{(\w+)\}", path)),
        query={each["name"]: each["schema"] for each in parameters if each["in"] == "query"},
        headers=frozenset(each["name"] for each in parameters if each["in"] == "header"),
        media_type=media_type,
        body=resolve(content[media_type]["schema"]) if media_type else {},
        answers={
            status: resolve(each["schema"])
            for status, answer in raw["responses"].items()
            for kind, each in answer.get("content", {}).items()
            if kind == JSON and "schema" in each
        },
    )


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where it only names a component."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = document()["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of an object's schema, or of the items of a page of them."""
    schema = resolve(schema)
    found: dict[str, dict[str, Any]] = schema.get("properties", {})
    if set(found) == {"items", "next_cursor"}:
        return properties(found["items"]["items"])
    return found
