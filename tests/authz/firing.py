"""Who asks, and what comes back: one request as one of the nine principals."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import Client

from accounts.api.authentication import forget_tokens
from accounts.models import ApiCredential
from accounts.operations.issue_token import issue_token
from accounts.operations.revoke_credential import revoke_credential
from core.clock import now
from tests.authz.house import BODIES, HEADERS, House, Tenant
from tests.authz.schema import JSON, Operation
from tests.keys import a_credential

# Whose token, and what is the matter with it.
PRINCIPALS = ("none", "expired", "revoked", "own", "unscoped", "sister", "stranger", "firm", "firm_unscoped")
TENANT_OF = {"sister": "sister", "stranger": "stranger", "firm": "firm", "firm_unscoped": "firm"}
# The code that each status of a refused cell has; the nouns' own refusals are not among them.
CODES = {404: {"NOT_FOUND"}, 403: {"SCOPE_MISSING"}}
CODES_401 = {"none": "TOKEN_MISSING", "expired": "TOKEN_EXPIRED", "revoked": "TOKEN_INVALID"}
REQUEST_ID = "authz"
# Operations that answer each item for itself, with a status of its own.
BY_ITEM = {"place_orders"}
# What the door itself counts with every request, whatever becomes of it.
COUNTED = ("accounts_ratebucket", "SET last_used_at = %(at)s, last_used_from")
WRITES = ("INSERT", "UPDATE", "DELETE", "COPY", "TRUNCATE", "CREATE", "ALTER", "DROP")


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside never was."""
    block: Any = transaction.atomic()
    # As Django's own test case marks its block: operations may open their durable transactions in it.
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@contextmanager
def written() -> Iterator[list[str]]:
    """The changes of tables that are sent meanwhile and not taken back, as statements."""
    found: list[str] = []
    marks: dict[str, int] = {}

    def note(execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        text = str(sql).lstrip()
        words = text.upper().split(None, 3)
        if words[0] == "SAVEPOINT":
            marks[text.split()[1]] = len(found)
        elif words[:3] == ["ROLLBACK", "TO", "SAVEPOINT"]:
            del found[marks.get(text.split()[3], 0) :]
        elif any(name in text for name in COUNTED):
            pass
        elif words[0] in WRITES or (words[0] == "WITH" and any(f" {word} " in text.upper() for word in WRITES)):
            found.append(text)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield found


@dataclass
class Machine:
    """Fires requests into the house; one browser for all, because the API keeps nothing in it."""

    house: House
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    browser: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def tenant_of(self, principal: str) -> Tenant:
        return self.house[TENANT_OF.get(principal, "own")]

    @staticmethod
    def asker(operation: Operation) -> str:
        """Who gets an answer when a good thing is asked for: a client, or the firm at its own doors."""
        return "firm" if operation.path.startswith("/v1/firm/") else "own"

    def token(self, principal: str, scope: str | None) -> str | None:
        """A token of ``principal`` with all scopes of its credential, or with all but ``scope``."""
        if principal == "none":
            return None
        kind = principal if principal.endswith("unscoped") else ""
        key = (principal, scope or "" if kind else "")
        if key not in self.tokens:
            self.tokens[key] = self._issue(principal, scope if kind else None)
        return self.tokens[key]

    def _issue(self, principal: str, without: str | None) -> str:
        tenant = self.tenant_of(principal)
        credential = ApiCredential.objects.get(pk=tenant.client.credential.credential_id)
        scopes = [scope for scope in credential.scopes if scope != without]
        credential_id, at = credential.pk, now()
        if principal == "revoked":
            credential_id = a_credential(tenant.client.entity_id, scopes, label="gone", at=at)
        if principal == "expired":
            at -= timedelta(hours=2)
        token = issue_token(credential_id=credential_id, scopes=scopes, at=at).access_token
        if principal == "revoked":
            revoke_credential(credential_id=credential_id, at=now())
        return token

    def fire(
        self,
        operation: Operation,
        principal: str,
        *,
        path: dict[str, str] | None = None,
        body: Any = None,
        query: Any = None,
        **headers: str,
    ) -> HttpResponseBase:
        """One request. ``path`` are the names in the path (the principal's own when not given), ``body`` a value or bytes."""
        tenant = self.tenant_of(principal)
        values = tenant.holds | (path or {})
        address = operation.address(values)
        if query:
            address += f"?{urlencode(query, doseq=True)}"
        token = self.token(principal, operation.scope)
        sent = {"HTTP_X_REQUEST_ID": REQUEST_ID}
        if token is not None:
            sent["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        if "Idempotency-Key" in operation.headers:
            sent["HTTP_IDEMPOTENCY_KEY"] = f"cell-{next(self.numbers)}"
        if operation.name in HEADERS:
            sent |= HEADERS[operation.name](self.house, tenant)
        sent |= headers
        content, media_type = self._content(operation, body)
        media_type = sent.pop("CONTENT_TYPE", media_type)
        return self.browser.generic(operation.method, address, content, content_type=media_type or "", **sent)

    def body(self, operation: Operation, owner: Tenant) -> dict[str, Any] | None:
        """A good body that names things of ``owner``; none where the operation takes none."""
        if operation.media_type is None:
            return None
        assert operation.name in BODIES, f"{operation.name} takes a body: say in BODIES what a good one holds"
        return BODIES[operation.name](self.house, owner, next(self.numbers))

    @staticmethod
    def _content(operation: Operation, body: Any) -> tuple[bytes, str]:
        if body is None or isinstance(body, bytes):
            return body or b"", operation.media_type or "" if body else ""
        if operation.media_type == "application/x-www-form-urlencoded":
            return urlencode(body).encode(), operation.media_type
        if operation.media_type == "multipart/form-data":
            return _multipart(body)
        return json.dumps(body).encode(), JSON


def _multipart(body: dict[str, Any]) -> tuple[bytes, str]:
    """A form with files: a value of bytes is a file."""
    edge = "edge-of-the-parts"
    parts = []
    for name, value in body.items():
        is_file = isinstance(value, bytes)
        head = f'Content-Disposition: form-data; name="{name}"' + ('; filename="a.pdf"' if is_file else "")
        kind = "\r\nContent-Type: application/pdf" if is_file else ""
        content = value if is_file else str(value).encode()
        parts.append(f"--{edge}\r\n{head}{kind}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{edge}--\r\n".encode()]), f"multipart/form-data; boundary={edge}"


def content_of(answer: HttpResponseBase) -> bytes:
    """The bytes of an answer, streamed or not."""
    if isinstance(answer, HttpResponse):
        return answer.content
    return b"".join(answer)  # type: ignore[arg-type]


def seen(answer: HttpResponseBase) -> tuple[int, bytes, dict[str, str]]:
    """All that the asker can tell answers apart by; how much is left of a limit is less with every request."""
    headers = {name: value for name, value in answer.items() if name != "RateLimit"}
    return answer.status_code, content_of(answer), headers


def code_of(answer: HttpResponseBase) -> str:
    """The code of a problem, after checking that it is one; empty for an answer that is none."""
    if answer.status_code < 400 or answer["Content-Type"] != "application/problem+json":
        return ""
    value = json.loads(content_of(answer))
    assert value["status"] == answer.status_code
    return str(value["code"])


def begin() -> None:
    """Nothing is known of earlier tokens."""
    forget_tokens()
