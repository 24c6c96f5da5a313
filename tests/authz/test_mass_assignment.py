"""Nothing can be set that was not meant to be: every field that is only read, sent on create and change, is refused by name."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.authz.firing import BY_ITEM, Machine, code_of, content_of, undone
from tests.authz.schema import JSON, Operation, operations, properties, resolve

# What somebody would try who has seen other houses, beside the fields that the resource itself shows.
TRIED = [
    "id", "pk", "entity_id", "entity", "organisation_id", "owner_id", "user_id", "status", "state", "version",
    "created_at", "updated_at", "is_active", "is_staff", "is_superuser", "role", "roles", "permissions", "approved",
    "approval_id", "approvals_required", "secret_hash", "credential_id", "balance", "held", "available", "fee_amount",
    "maker_rate", "taker_rate", "subject_id", "__proto__", "__class__",
]  # fmt: skip
WRITING = {name: each for name, each in operations().items() if each.media_type == JSON}


def read_only(operation: Operation) -> set[str]:
    """The fields that the operation's resource shows and its body does not take."""
    shown: set[str] = set()
    for each in operations().values():
        is_same = each.path == operation.path or each.path.startswith(f"{operation.path}/{{")
        for status, schema in each.answers.items():
            if is_same and status.startswith("2"):
                shown |= set(properties(schema))
    return shown - set(operation.body.get("properties", {}))


@pytest.mark.parametrize("name", sorted(WRITING))
def test_a_field_that_is_only_read_is_refused(name: str, machine: Machine):
    operation, own = WRITING[name], machine.house["own"]
    taken = set(operation.body.get("properties", {}))
    fields = sorted((read_only(operation) | set(TRIED)) - taken)
    assert len(fields) > 20
    body = machine.body(operation, own)
    assert body is not None and set(body) <= taken, "a good body has fields that the schema does not name"
    for field in fields:
        with undone():
            answer = machine.fire(operation, machine.asker(operation), body=body | {field: "x"})
            assert refused(answer, f"/{field}"), (field, content_of(answer))
    with undone():
        answer = machine.fire(operation, machine.asker(operation), body=body | dict.fromkeys(fields, None))
        assert code_of(answer) == "REQUEST_INVALID"
        assert {each["pointer"] for each in json.loads(content_of(answer))["errors"]} == {
            f"/{field}" for field in fields
        }


def objects(body: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The pointers of all objects inside a body whose fields the schema names."""
    schema = resolve(schema)
    for name, inner in schema.get("properties", {}).items():
        value = body.get(name) if isinstance(body, dict) else None
        inner = resolve(inner)
        items = [(f"{path}/{name}", value, inner)]
        if isinstance(value, list):
            items = [(f"{path}/{name}/{index}", each, resolve(inner["items"])) for index, each in enumerate(value)]
        for pointer, each, shape in items:
            if isinstance(each, dict) and "properties" in shape:
                yield pointer
                yield from objects(each, shape, pointer)


@pytest.mark.parametrize("name", sorted(WRITING))
def test_inside_of_a_body_too(name: str, machine: Machine):
    operation = WRITING[name]
    body = machine.body(operation, machine.house["own"])
    for pointer in objects(body, operation.body):
        copy = deepcopy(body)
        spot = copy
        for part in pointer.split("/")[1:]:
            spot = spot[int(part) if isinstance(spot, list) else part]
        spot["is_superuser"] = "x"
        with undone():
            answer = machine.fire(operation, machine.asker(operation), body=copy)
            if operation.name in BY_ITEM:
                assert item_refused(answer, pointer, "/is_superuser"), content_of(answer)
                continue
            # A list is refused as a whole.
            whole = pointer.rpartition("/")[0] if pointer.rpartition("/")[2].isdigit() else None
            assert refused(answer, f"{pointer}/is_superuser", whole), content_of(answer)


def item_refused(answer: Any, pointer: str, field: str) -> bool:
    """Whether the item at ``pointer`` (``/items/0``), and it alone, was refused for ``field`` of it."""
    answers = json.loads(content_of(answer))["items"]
    problem = answers.pop(int(pointer.rpartition("/")[2])).get("problem") or {}
    errors = [(each["pointer"], each["code"]) for each in problem.get("errors", [])]
    others = [each for each in answers if each.get("problem")]
    return not others and problem.get("code") == "REQUEST_INVALID" and errors == [(field, "UNKNOWN_FIELD")]


def refused(answer: Any, pointer: str, whole: str | None = None) -> bool:
    if (answer.status_code, code_of(answer)) != (400, "REQUEST_INVALID"):
        return False
    errors = json.loads(content_of(answer))["errors"]
    found = [(each["pointer"], each["code"]) for each in errors]
    return found == [(pointer, "UNKNOWN_FIELD")] or (whole is not None and found == [(whole, "FIELD_INVALID")])


@pytest.mark.parametrize("name", sorted(name for name, each in operations().items() if each.media_type is None))
def test_a_body_where_none_belongs_is_refused(name: str, machine: Machine):
    operation = operations()[name]
    with undone():
        answer = machine.fire(operation, machine.asker(operation), body=b'{"status": "APPROVED"}', CONTENT_TYPE=JSON)
        assert code_of(answer) == "REQUEST_INVALID", content_of(answer)
