"""The matrix, ``tests/authz.yaml``: what each operation answers to each principal, asked for each tenant's things."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from accounts.models import ApiCredential
from accounts.operations.issue_token import issue_token
from core.clock import now
from tests.authz.firing import CODES, CODES_401, PRINCIPALS, Machine, begin, code_of, content_of, undone, written
from tests.authz.house import MADE, PARTS, SHARED
from tests.authz.schema import Operation, operations

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent.parent / "authz.yaml").read_text())
OWNERS = ("own", "sister", "stranger")


def has_tenants(operation: Operation) -> bool:
    """Whether the path names a thing that somebody owns."""
    return any(name not in SHARED for name in operation.path_names)


def test_every_operation_has_its_row_and_every_row_its_operation():
    assert sorted(TABLE) == sorted(operations())


def test_every_name_in_a_path_is_made():
    for operation in operations().values():
        unmade = [name for name in operation.path_names if name not in MADE and name not in SHARED]
        assert not unmade, (
            f"{operation.name}: nothing says how a {unmade[0]} is made: add it to MADE in tests/authz/house.py"
        )
    assert set(MADE) >= PARTS


@pytest.mark.parametrize("name", sorted(TABLE))
def test_row(name: str, machine: Machine):
    operation, row = operations()[name], TABLE[name]
    assert (operation.scope or "public") == row["scope"]
    owners = {owner: row[owner] for owner in ("any", *OWNERS) if owner in row}
    assert set(row) == {"scope", *owners}, "a row has a scope, and a line for each owner of what is asked for"
    assert set(owners) in ({"any"}, set(OWNERS))
    if has_tenants(operation):
        assert set(owners) == set(OWNERS), "the path names a tenant's thing: say what each owner's answers"
    wrong = []
    for owner, line in owners.items():
        expected = [int(word) for word in str(line).split()]
        assert len(expected) == len(PRINCIPALS), f"{owner}: a line has an answer for each of {PRINCIPALS}"
        for principal, status in zip(PRINCIPALS, expected, strict=True):
            fault = cell(machine, operation, principal, owner, status)
            if fault:
                wrong.append(f"{principal} asks for {owner}: {fault}")
    assert not wrong, "\n" + "\n".join(wrong)


def cell(machine: Machine, operation: Operation, principal: str, owner: str, status: int) -> str:
    """What is wrong with the answer; empty when nothing is."""
    of = machine.house[owner] if owner != "any" else machine.tenant_of(principal)
    with undone(), written() as changes:
        answer = machine.fire(operation, principal, path=of.holds, body=machine.body(operation, of))
        code = code_of(answer)
        if answer.status_code != status:
            return f"{answer.status_code} {code or content_of(answer)[:200]!r}, expected {status}"
    if status < 400:
        return ""
    expected = {CODES_401[principal]} if status == 401 and principal in CODES_401 else CODES.get(status, {code})
    if code not in expected:
        return f"{status} {code}, expected {sorted(expected)}"
    if status in (401, 403, 404) and changes:
        return f"was refused and yet wrote: {changes[0][:120]}"
    return ""


def test_the_table_is_not_all_of_one_word():
    """The machine tells principals apart: each of them is answered in more than one way."""
    for number, principal in enumerate(PRINCIPALS):
        answers = {str(line).split()[number] for row in TABLE.values() for who, line in row.items() if who != "scope"}
        assert len(answers) > 1, principal


def test_a_refused_cell_says_nothing_of_what_was_asked_for(machine: Machine):
    """Names and ids of the others' things stand in no refusal."""
    for operation in operations().values():
        for owner in ("sister", "stranger"):
            of = machine.house[owner]
            with undone():
                answer = machine.fire(operation, "own", path=of.holds, body=machine.body(operation, of))
            if answer.status_code < 400 or operation.scope is None:
                continue
            text = json.loads(content_of(answer))
            told = [kind for kind in MADE if kind not in PARTS and f'"{of[kind]}"' in json.dumps(text)]
            assert not told, (operation.name, told, text)


def test_a_client_with_a_scope_of_the_firm_opens_none_of_its_doors(machine: Machine):
    """Should such a scope ever stand on a client's credential, it is no key."""
    doors = [each for each in operations().values() if (each.scope or "").startswith("firm:")]
    assert doors
    own = machine.house["own"]
    with undone():
        scopes = sorted({each.scope or "" for each in doors})
        credential_id = own.client.credential.credential_id
        ApiCredential.objects.filter(pk=credential_id).update(scopes=scopes)
        begin()
        token = issue_token(credential_id=credential_id, scopes=scopes, at=now()).access_token
        for operation in doors:
            answer = machine.fire(
                operation, "own", body=machine.body(operation, own), HTTP_AUTHORIZATION=f"Bearer {token}"
            )
            assert answer.status_code in (403, 404), (operation.name, answer.status_code)
    begin()
