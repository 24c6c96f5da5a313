"""Another tenant's thing is answered exactly like one that never was: in the path, the body, a filter and a cursor."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.authz.firing import BY_ITEM, Machine, code_of, content_of, seen, undone
from tests.authz.house import MADE, NOBODYS_ID, PARTS, missing
from tests.authz.owning import owned_ids
from tests.authz.schema import Operation, operations

OTHERS = ("sister", "stranger", "firm")
# What clients may ask for; the firm's own programs see everybody, which the matrix says of each of their operations.
CLOSED = {
    name: each
    for name, each in operations().items()
    if each.scope is not None and not each.path.startswith("/v1/firm/")
}
# Reads that have to be told whose: operation -> the names in its query.
MUST_SAY = {"list_withdrawal_limits": ("profile_id",), "list_fees": ("profile_id",)}
# Words that a read has to be given, whoever asks.
FIXED_WORDS = {"list_candles": {"interval": "1M"}}
LISTS = sorted(name for name, each in CLOSED.items() if each.is_list)


def tenant_names(operation: Operation) -> list[str]:
    return [name for name in operation.path_names if name in MADE and name not in PARTS]


@pytest.mark.parametrize("name", sorted(name for name, each in CLOSED.items() if tenant_names(each)))
def test_in_the_path(name: str, machine: Machine):
    operation, own = CLOSED[name], machine.house["own"]
    with undone():
        never = own.holds | {kind: missing(kind, own[kind]) for kind in tenant_names(operation)}
        expected = seen(machine.fire(operation, "own", path=never, body=machine.body(operation, own)))
    assert expected[0] == 404
    for other in OTHERS:
        with undone():
            path = machine.house[other].holds
            answer = machine.fire(operation, "own", path=path, body=machine.body(operation, own))
            assert seen(answer) == expected, other
        # One foreign name among own ones opens nothing either.
        for kind in tenant_names(operation):
            mixed = own.holds | {kind: machine.house[other][kind]}
            if operation.address(mixed) == operation.address(own.holds):
                continue  # a trade of both
            with undone():
                assert machine.fire(operation, "own", path=mixed, body=machine.body(operation, own)).status_code == 404


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text in a body with the way to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))
    if isinstance(value, str):
        yield path, value


def changed(body: Any, path: tuple[Any, ...], value: str) -> Any:
    """The body with ``value`` at the end of ``path``."""
    copy = json.loads(json.dumps(body))
    spot = copy
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return copy


def named_things(machine: Machine, operation: Operation) -> list[tuple[tuple[Any, ...], str]]:
    """The places of a good body that name a thing of ``own``, and the kind of each."""
    own = machine.house["own"]
    body = machine.body(operation, own)
    kinds = {own[kind]: kind for kind in (*MADE, "entity_id") if kind not in PARTS}
    return [(path, kinds[text]) for path, text in places(body) if text in kinds] if isinstance(body, dict) else []


def test_in_the_body(machine: Machine):
    tried = 0
    for operation in CLOSED.values():
        if operation.media_type != "application/json":
            continue
        own = machine.house["own"]
        for path, kind in named_things(machine, operation):
            body = machine.body(operation, own)
            answers = {}
            for owner in (*OTHERS, ""):
                value = machine.house[owner][kind] if owner else missing(kind, own[kind])
                with undone():
                    answers[owner] = seen(machine.fire(operation, "own", body=changed(body, path, value)))
            refusals = range(400, 500)
            assert answers[""][0] in refusals or (operation.name in BY_ITEM and "NOT_FOUND" in str(answers[""])), (
                operation.name,
                path,
                answers[""],
            )
            for owner in OTHERS:
                assert answers[owner] == answers[""], (operation.name, path, owner)
            tried += 1
    assert tried >= 2


@pytest.mark.parametrize("name", LISTS)
def test_in_a_filter(name: str, machine: Machine):
    """A filter by another's id, reference or name finds what a filter by nobody's finds: nothing."""
    operation, own = CLOSED[name], machine.house["own"]
    nothing = {}
    for other in OTHERS:
        theirs = items(machine.fire(operation, other))
        ids = owned_ids(machine.house[other].client.entity_id)
        for parameter in operation.query:
            if parameter not in ("limit", "order", "cursor"):
                for value in {str(item[parameter]) for item in theirs if parameter in item} & ids:
                    if parameter not in nothing:
                        answer = machine.fire(
                            operation, "own", path=own.holds, query={parameter: missing(parameter, value)}
                        )
                        nothing[parameter] = seen(answer)
                        assert items(answer) == [] and answer.status_code == 200
                    answer = machine.fire(operation, "own", path=own.holds, query={parameter: value})
                    assert seen(answer) == nothing[parameter], (parameter, other)
    by_id = {name for name, schema in operation.query.items() if "uuid" in json.dumps(schema)}
    assert by_id <= set(nothing) | {"resource_id"}, "a filter by an id that no item shows: say here how it is tried"


@pytest.mark.parametrize("name", sorted(MUST_SAY))
def test_in_what_a_query_must_say(name: str, machine: Machine):
    operation, own = CLOSED[name], machine.house["own"]
    for kind in MUST_SAY[name]:
        asked = {each: own[each] for each in MUST_SAY[name]}
        expected = seen(machine.fire(operation, "own", query=asked | {kind: missing(kind, own[kind])}))
        assert expected[0] == 404
        for other in OTHERS:
            answer = machine.fire(operation, "own", query=asked | {kind: machine.house[other][kind]})
            assert seen(answer) == expected, (kind, other)


@pytest.mark.parametrize("name", LISTS)
def test_in_a_cursor(name: str, machine: Machine):
    """A cursor is good for the asker, the list and the filters it was made for, and for nothing else."""
    operation = CLOSED[name]
    first = json.loads(content_of(machine.fire(operation, "own", query={"limit": 1})))
    cursor = first["next_cursor"]
    if cursor is None:
        assert name in SHORT_LISTS, f"{name} has less than two rows for a tenant: make more, or list it in SHORT_LISTS"
        return
    own = machine.house["own"]
    assert machine.fire(operation, "own", query={"limit": 1, "cursor": cursor}).status_code == 200
    for other in OTHERS:
        answer = machine.fire(operation, other, query={"limit": 1, "cursor": cursor})
        assert code_of(answer) == "CURSOR_INVALID", other
    for elsewhere in LISTS:
        if elsewhere != name:
            answer = machine.fire(CLOSED[elsewhere], "own", path=own.holds, query={"cursor": cursor})
            assert code_of(answer) == "CURSOR_INVALID", elsewhere
    for bad in (cursor[:-1], f"{cursor}x", "", f"{NOBODYS_ID}:sig", first["items"][0].get("id", "x"), "a" * 600):
        assert code_of(machine.fire(operation, "own", query={"cursor": bad})) == "CURSOR_INVALID", bad


# Lists of which a tenant of this house has one row, or none.
SHORT_LISTS: set[str] = {
    "list_controls",
    "list_deposit_instructions",
    "list_executions",
    "list_profiles",
    "list_quote_executions",
    "list_rails",
    "list_report_runs",
}


def items(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(content_of(answer))["items"]
    return found


def test_no_answer_shows_a_row_of_another(machine: Machine):
    """Whatever a tenant may read, in lists and single things, holds no id of the others' rows."""
    entities = {name: tenant.client.entity_id for name, tenant in machine.house.tenants.items()}
    owned = {name: owned_ids(entity_id) for name, entity_id in entities.items()}
    assert all(len(ids) > 10 for ids in owned.values())
    shown = {}
    for principal in machine.house.tenants:
        texts = []
        for operation in operations().values():
            # The firm's own stream tells of what its clients do: that is what it is for.
            is_the_firms = principal == "firm" and operation.name in ("list_events", "get_event")
            if operation.method == "GET" and not operation.path.startswith("/v1/firm/") and not is_the_firms:
                asked = {name: machine.house[principal][name] for name in MUST_SAY.get(operation.name, ())}
                asked |= FIXED_WORDS.get(operation.name, {})
                answer = machine.fire(operation, principal, query=asked)
                assert answer.status_code == 200, (operation.name, principal)
                texts.append(content_of(answer).decode(errors="replace"))
        shown[principal] = "\n".join(texts)
    for principal, text in shown.items():
        assert sum(each in text for each in owned[principal]) >= 3, f"{principal} sees nothing of its own"
        for other, ids in owned.items():
            if other != principal:
                names = {f"tenant-{other}", f"{other}-open", machine.house[other].client.credential.client_id}
                assert not [each for each in ids | names if each in text], (principal, other)
