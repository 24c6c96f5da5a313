"""Whatever is sent, the answer is a problem with a code of the documented list, and shows nothing of what is inside."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.authz.firing import Machine, code_of, content_of, undone
from tests.authz.house import NOBODYS_ID, SHARED
from tests.authz.schema import JSON, Operation, operations, resolve
from tests.authz.test_codes import documented

# What a trace, a statement of SQL, a path or a name of a library looks like.
INSIDES = re.compile(
    r"Traceback|File \"|\bline \d+\b|site-packages|/usr/|/home/|\.py\b|SELECT |INSERT INTO|UPDATE \"|psycopg|django"
    r"|rest_framework|oauthlib|celery|valkey"
    # Tables are written small; a word of ours, as COMPLIANCE_KYC, is none.
    r"|(?-i:\b(?:accounts|core|settlement|trading|compliance|auth|django)_[a-z]+\b)|DoesNotExist"
    r"|Error\(|0x[0-9a-f]{6}|\bPG::|violates|constraint|duplicate key|relation \"|column \"",
    re.IGNORECASE,
)
NASTY_TEXTS: tuple[str, ...] = (
    "", " ", "\x00", "a\x00b", "'", "' OR 1=1 --", '"; DROP TABLE accounts_profile; --', "%", "_%", "\\", "../../../etc/passwd",
    "{{7*7}}", "${jndi:ldap://x}", "<script>alert(1)</script>", "\u202e", "\u200b", "e\u0301", "\U0001f4a5", "\ud7ff", "\uffff",
    "null", "undefined", "NaN", "Infinity", "-0", "1e309", "9" * 40, "-1", "0x10", "1_000", "\u0661", "true",
    "a" * 65, "a" * 5_000,
    NOBODYS_ID.upper(), NOBODYS_ID.replace("-", ""), f"{{{NOBODYS_ID}}}", f"urn:uuid:{NOBODYS_ID}", f"{NOBODYS_ID}\n",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z", "2026-02-30T00:00:00.000000Z", "9999-12-31", "2026-13-01",
    "99999999999999999999", "9223372036854775808", "2147483648", "US\n", "=cmd|' /C calc'!A0",
)  # fmt: skip
NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 9_223_372_036_854_775_807, -9_223_372_036_854_775_808, [], {}, [[]], [None], [{}], {"a": 1},
    {"": ""}, {"\x00": "\x00"}, [""] * 1_000, {str(number): "x" for number in range(200)}, ["\x00"], *NASTY_TEXTS,
)  # fmt: skip
# What every field is tried with; of the others each field has an eighth, by the length of its name.
CORE_VALUES: tuple[Any, ...] = (
    None, True, -1, 9_223_372_036_854_775_808, [], {}, {"a": 1}, ["\x00"], {"\x00": "\x00"}, "", "a\x00b", "9" * 40,
    "a" * 5_000, NOBODYS_ID, "\U0001f4a5", "9999-12-31", "9999-12-31T23:59:59.999999Z", "'; DROP TABLE x; --",
)  # fmt: skip
NASTY_BODIES: tuple[bytes, ...] = (
    b"", b" ", b"\x00", b"{", b"}", b"[", b"[]", b"null", b"true", b"0", b'""', b"{}", b"{]", b'{"a":}', b"{'a': 1}",
    b'{"a": 1,}',
    b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"a": "\xff"}', b'{"a": "\\ud800"}', b'{"a": NaN}', b'{"a": 1e5}', b'{"a": -0.0}',
    b'{"a": 1, "a": 2}', b'{"a": 12345678901234567890}', b"[" * 21, b"[" * 60_000, b'{"a":' * 10_000, b'{"a": "' + b"x" * 70_000,
    b'{"\\u0000": "\\u0000"}', b"a=b&c=d", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
    b"\x80\x04K\x01.", b"--edge-of-the-parts\r\n\r\n",
)  # fmt: skip
MEDIA_TYPES = (
    "", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=", "application/x-yaml",
    "multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded", "*/*",
    "application/json, text/html", "a" * 3_000,
)  # fmt: skip
AUTHORIZATIONS = (
    "", "Bearer", "Bearer ", "Bearer \x00", "Bearer a b", "bearer x", "Basic YTpi", "Basic !!!", "Digest username=a",
    "Bearer " + "a" * 9_000,
    "Bearer \xe4", "Token x", "Bearer null", "Signature x", "Negotiate " + "Y" * 100, "Bearer ../../x", "Bearer ' OR 1=1",
)  # fmt: skip
HEADER_TEXTS = (
    "",
    " ",
    "*",
    '"',
    '""',
    'W/"1"',
    '"x"',
    '"99999999999999999999"',
    '"-1"',
    '"1","2"',
    "\x00",
    "a" * 9_000,
    "\xe4",
    "a b",
)
HEADERS = (
    "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IDEMPOTENCY_KEY", "HTTP_X_REQUEST_ID", "HTTP_ACCEPT", "HTTP_CONTENT_ENCODING",
    "HTTP_RANGE", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_SIGNATURE",
    "HTTP_SIGNATURE_INPUT", "HTTP_CONTENT_DIGEST", "HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_DATE",
)  # fmt: skip
ALL = sorted(operations())
WRITING = sorted(name for name, each in operations().items() if each.media_type is not None)
# Operations that ask for nothing: an empty object is a good body of theirs.
ASKING_NOTHING = {"change_credential", "issue_secret", "change_webhook_subscription", "rotate_webhook_secret"}
# RFC 6749 gives the token's door errors of its own form.
TOKEN_ERRORS = {
    "invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type", "unauthorized_client",
    "unsupported_token_type",
}  # fmt: skip


def check(operation: Operation, answer: Any, sent: Any) -> int:
    """Whether the answer is one of ours; its status. ``sent`` is for the message alone."""
    status, content = answer.status_code, content_of(answer)
    told = (operation.name, str(sent)[:200], status, content[:300])
    assert status < 500, told
    if status < 400:
        return status
    assert not INSIDES.search(_without_echo(content.decode())), told
    if operation.media_type == "application/x-www-form-urlencoded" and answer["Content-Type"] == JSON:
        assert json.loads(content)["error"] in TOKEN_ERRORS, told
        return status
    assert code_of(answer) in documented_codes(), told
    body = json.loads(content)
    assert {each["code"] for each in body["errors"]} <= documented_codes(), told
    assert body["request_id"] == answer["X-Request-ID"], told
    assert answer["Cache-Control"] == "no-store", told
    assert len(content) < 100_000, told
    return status


def _without_echo(text: str) -> str:
    """A problem without the pointers, which say back how the asker called its fields."""
    value = json.loads(text) if text.startswith("{") else {}
    return re.sub(r'"pointer": "[^"]*"', "", json.dumps(value)) if value else text


_CODES: set[str] = set()


def documented_codes() -> set[str]:
    if not _CODES:
        _CODES.update(documented())
    return _CODES


@pytest.mark.parametrize("name", ALL)
def test_in_the_path(name: str, machine: Machine):
    operation, own = operations()[name], machine.house["own"]
    for kind in operation.path_names:
        for text in ("\x00", *NASTY_TEXTS[len(name) % 3 :: 3]):
            path = own.holds | {kind: quote(text, safe="")}
            with undone():
                answer = machine.fire(operation, machine.asker(operation), path=path, body=machine.body(operation, own))
            assert check(operation, answer, (kind, text)) >= 400 or kind in SHARED or text in ("%", "a" * 65), (
                kind,
                text,
            )
    for tail in ("/", "//", "/x", ".json", ";x=1", "%2f", "%00", "/..", "?%00=1", "?a=" + "b" * 4_000, "#"):
        answer = machine.browser.generic(operation.method, operation.address(own.holds) + tail)
        check(operation, answer, tail)


@pytest.mark.parametrize("name", ALL)
def test_in_the_query(name: str, machine: Machine):
    operation = operations()[name]
    if operation.is_write:
        assert not operation.query, "a write that takes a query: say here what is tried"
        return
    for parameter in [*operation.query, "unknown", "\x00", "profile_id[]", "id__in", "entity", "offset", "format"]:
        texts = _texts(parameter) if parameter in operation.query else ("x", "\x00")
        for text in texts:
            status = check(
                operation, machine.fire(operation, machine.asker(operation), query={parameter: text}), (parameter, text)
            )
            if operation.is_list and parameter not in operation.query:
                assert status == 400, parameter
        check(operation, machine.fire(operation, machine.asker(operation), query={parameter: ["a", "b"]}), parameter)
    for limit in ("0", "501", "-1", "1.0", "1e2", "0x10", "", " 5", "9" * 30):
        if operation.is_list:
            assert (
                code_of(machine.fire(operation, machine.asker(operation), query={"limit": limit})) == "FILTER_INVALID"
            ), limit


@pytest.mark.parametrize("name", WRITING)
def test_in_the_body(name: str, machine: Machine):
    operation, own = operations()[name], machine.house["own"]
    for content in NASTY_BODIES:
        with undone():
            answer = machine.fire(operation, machine.asker(operation), body=content)
        is_good = content == b"{}" and name in ASKING_NOTHING
        assert (check(operation, answer, content) < 400) == is_good, content
    good = machine.body(operation, own)
    assert good is not None
    for where, value in spoiled(good, operation.body):
        with undone():
            check(operation, machine.fire(operation, machine.asker(operation), body=value), where)


def spoiled(good: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A good body with each nasty value in the place of each field, inside of objects and lists too, and without each field."""
    for name in sorted({*resolve(schema).get("properties", {}), *good}):
        yield name, {key: value for key, value in good.items() if key != name}
        for value in _values(name):
            yield (name, value), good | {name: value}
        inner = good.get(name)
        for key, holder in _inside(inner):
            for value in _values(f"{name}{key}"):
                copy = json.loads(json.dumps(inner))
                (copy[0] if isinstance(copy, list) and isinstance(holder, dict) else copy)[key] = value
                yield (name, key, value), good | {name: copy}


def _texts(name: str) -> tuple[str, ...]:
    return ("", "\x00", "a\x00b", "9" * 40, *NASTY_TEXTS[len(name) % 8 :: 8])


def _values(name: str) -> tuple[Any, ...]:
    return (*CORE_VALUES, *NASTY_VALUES[len(name) % 8 :: 8])


def _inside(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return [(key, value) for key in value]
    if isinstance(value, list) and value:
        return [(key, value[0]) for key in value[0]] if isinstance(value[0], dict) else [(0, value)]
    return []


@pytest.mark.parametrize("name", ALL)
def test_in_the_headers(name: str, machine: Machine):
    operation, own = operations()[name], machine.house["own"]
    body = machine.body(operation, own)
    for text in AUTHORIZATIONS:
        with undone():
            status = check(
                operation, machine.fire(operation, machine.asker(operation), body=body, HTTP_AUTHORIZATION=text), text
            )
        assert operation.scope is None or status == 401, text
    # One that is not even read is tried with all the others of its kind.
    read = {"HTTP_IF_MATCH", "HTTP_IDEMPOTENCY_KEY", "HTTP_CONTENT_ENCODING"} if operation.is_write else set()
    for text in HEADER_TEXTS:
        for headers in ({*HEADERS} - {"HTTP_CONTENT_ENCODING"}, *({each} for each in read)):
            with undone():
                check(
                    operation,
                    machine.fire(operation, machine.asker(operation), body=body, **dict.fromkeys(headers, text)),
                    (headers, text),
                )
    if operation.media_type is not None:
        for media_type in MEDIA_TYPES:
            with undone():
                answer = machine.fire(
                    operation, "own", body=json.dumps(body, default=repr).encode(), CONTENT_TYPE=media_type
                )
            assert check(operation, answer, media_type) >= 400 or media_type.startswith(operation.media_type), (
                media_type
            )
        for length in ("-1", "x", "1e3", "5", "5, 5", "\x00"):
            with undone():
                check(
                    operation,
                    machine.fire(operation, machine.asker(operation), body=body, CONTENT_LENGTH=length),
                    length,
                )


@pytest.mark.parametrize("path", sorted({each.path for each in operations().values()}))
def test_other_methods(path: str, machine: Machine):
    known = {each.method for each in operations().values() if each.path == path}
    one = next(each for each in operations().values() if each.path == path)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "\xe4"):
        if method.upper() in known:
            continue
        token = machine.token("own", None)
        address = one.address(machine.house["own"].holds)
        answer = machine.browser.generic(method, address, HTTP_AUTHORIZATION=f"Bearer {token}")
        assert check(one, answer, method) == 405, method
        assert known <= set(answer["Allow"].replace(" ", "").split(",")), method


def test_the_pattern_finds_what_it_is_for():
    for text in (
        'File "/x/y.py", line 3',
        'INSERT INTO "trading_order"',
        "psycopg.errors.UniqueViolation",
        "/usr/lib/python3",
    ):
        assert INSIDES.search(text), text
