"""Clients of the house for tests, made by the product's own operations, and the way they speak to its API."""

import itertools
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from accounts.contracts import EntityTerms
from accounts.operations.create_entity import create_entity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.create_profile import create_profile
from accounts.operations.issue_token import issue_token
from core import clock
from tests.identities import hold
from tests.keys import Key, a_key

EVERY_SCOPE = ("orders:read", "orders:write", "profiles:read")
_numbers = itertools.count(1)


@dataclass
class Api:
    """Speaks JSON to /v1 with one token; every answer is checked to be what its media type says."""

    token: str | None

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> HttpResponse:
        if self.token is not None:
            headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.token}")
        options: dict[str, Any] = {"content_type": "application/json"} if body is not None else {}
        content_type = headers.pop("CONTENT_TYPE", None)
        if content_type is not None:
            options["content_type"] = content_type
        if body == b"":
            # The test client names the type only of a body that is there.
            headers["CONTENT_TYPE"] = "application/json"
        client = Client(raise_request_exception=False)
        return client.generic(method, f"/v1{path}", body or b"", **options, **headers)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.request("GET", path, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.request("DELETE", path, **headers)

    def post(self, path: str, value: Any, **headers: str) -> HttpResponse:
        return self.request("POST", path, json.dumps(value).encode(), **headers)

    def patch(self, path: str, value: Any, **headers: str) -> HttpResponse:
        return self.request("PATCH", path, json.dumps(value).encode(), **headers)


@dataclass
class Person:
    """One client: its entity, its default profile, its key, and the API as it sees it."""

    organisation_id: UUID
    entity_id: UUID
    profile_id: UUID
    credential: Key
    api: Api


def a_client(
    *, scopes: tuple[str, ...] = EVERY_SCOPE, organisation_id: UUID | None = None, is_known: bool = True
) -> Person:
    """A new client of the house with a token for all its scopes; unless it ``is_known``, nobody holds its profile yet."""
    number, at = next(_numbers), clock.now()
    organisation_id = organisation_id or create_organisation(name=f"Client {number}", kind="CLIENT", at=at)
    terms = EntityTerms(f"Client {number} Ltd", "INSTITUTION", f"client-{number}", "CH")
    entity_id = create_entity(organisation_id=organisation_id, terms=terms, at=at)
    profile_id = create_profile(entity_id=entity_id, name="Main", reference="main", at=at)
    if is_known:
        hold(profile_id, at=at)
    credential = a_key(entity_id, scopes, at=at)
    token = issue_token(credential_id=credential.credential_id, scopes=scopes, at=at).access_token
    return Person(organisation_id, entity_id, profile_id, credential, Api(token))


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem that ``answer`` is, after checking that it is one and says nothing of our insides."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert list(body) == ["type", "title", "status", "detail", "code", "errors", "meta", "request_id"]
    assert (body["status"], body["code"]) == (status, code), body
    assert body["type"].endswith(code)
    assert body["request_id"] == answer["X-Request-ID"]
    assert "Traceback" not in answer.content.decode()
    return body
