"""POST /v1/oauth/token: client credentials and nothing else, with the errors of RFC 6749."""

import base64
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from accounts.api import authentication
from accounts.models import AccessToken, ApiCredential
from accounts.operations.revoke_credential import revoke_credential
from core import clock
from tests.people import Api, a_client, problem

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def ask(fields=None, *, path="/v1/oauth/token", content_type=FORM, method="POST", raw=None, **headers):
    body = raw if raw is not None else urlencode(fields or {})
    return Client().generic(method, path, body, content_type=content_type, **headers)


def basic(client_id, secret):
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def form(person, **more):
    return {
        "grant_type": "client_credentials",
        "client_id": person.credential.client_id,
        "client_secret": person.credential.client_secret,
        **more,
    }


def error(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["error"] == code


def test_a_form_is_answered_with_a_token_that_opens_the_api():
    person = a_client()
    answer = ask(form(person))
    body = json.loads(answer.content)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert set(body["scope"].split()) == {"orders:read", "orders:write", "profiles:read"}
    assert "refresh_token" not in body
    assert Api(body["access_token"]).get("/profiles").status_code == 200


def test_http_basic_and_a_narrower_scope():
    person = a_client()
    answer = ask(
        {"grant_type": "client_credentials", "scope": "orders:read"},
        **basic(person.credential.client_id, person.credential.client_secret),
    )
    body = json.loads(answer.content)
    assert body["scope"] == "orders:read"
    refused = problem(Api(body["access_token"]).get("/profiles"), 403, "SCOPE_MISSING")
    assert refused["meta"] == {"scope": "profiles:read"}


def test_a_wrong_secret_and_an_unknown_client_look_the_same():
    person = a_client()
    wrong = ask(form(person, client_secret="x" * 43))
    unknown = ask(form(person, client_id="cth-nobody"))
    error(wrong, 401, "invalid_client")
    error(unknown, 401, "invalid_client")
    assert wrong.content == unknown.content
    assert wrong["WWW-Authenticate"].startswith("Basic")
    assert not AccessToken.objects.exclude(credential_id=person.credential.credential_id).exists()
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "a"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "a"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": "orders:read root"}, 400, "invalid_scope"),
        ({"scope": "reports:read"}, 400, "invalid_scope"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_id": "x" * 5000}, 401, "invalid_client"),
        ({"client_id": "a\x00b"}, 401, "invalid_client"),
    ],
)
def test_what_the_grant_refuses(change, status, code):
    error(ask(form(a_client(), **change)), status, code)


def test_what_is_not_a_form_or_not_here_is_refused():
    person = a_client()
    secrets = urlencode(form(person))
    error(ask(raw=json.dumps(form(person)), content_type="application/json"), 400, "invalid_request")
    error(ask(raw="", path=f"/v1/oauth/token?{secrets}"), 400, "invalid_request")
    error(ask(raw=secrets + "&scope=orders%3Aread&scope=orders%3Awrite"), 400, "invalid_request")
    error(ask(raw="grant_type=\xff\xfe".encode("latin-1")), 400, "invalid_request")
    problem(ask(method="GET", raw=""), 405, "METHOD_NOT_ALLOWED")
    problem(ask(raw="a=" + "b" * 70_000), 413, "BODY_TOO_LARGE")
    assert AccessToken.objects.count() == 1


def test_two_ways_of_saying_who_one_is_must_agree():
    one, other = a_client(), a_client()
    error(
        ask(form(one), **basic(other.credential.client_id, other.credential.client_secret)),
        401,
        "invalid_client",
    )
    error(ask({"grant_type": "client_credentials"}, HTTP_AUTHORIZATION="Basic !!!"), 401, "invalid_client")


def test_a_revoked_or_ended_credential_gets_none():
    person, ended = a_client(), a_client()
    revoke_credential(credential_id=person.credential.credential_id, at=clock.now())
    error(ask(form(person)), 401, "invalid_client")
    ApiCredential.objects.filter(id=ended.credential.credential_id).update(expires_at=clock.now())
    error(ask(form(ended)), 401, "invalid_client")


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Token abc", "bearertoken"])
def test_without_a_bearer_token(header):
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    answer = Api(None).get("/profiles", **headers)
    problem(answer, 401, "TOKEN_MISSING")
    assert answer["WWW-Authenticate"] == 'Bearer realm="countinghouse"'


@pytest.mark.parametrize("token", ["x", "é" * 20, "a" * 600, "a b", "\x00"])
def test_with_a_token_that_is_none(token):
    answer = Api(token).get("/profiles")
    problem(answer, 401, "TOKEN_INVALID")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_token_in_the_query_opens_nothing():
    person = a_client()
    problem(Api(None).get(f"/profiles?access_token={person.api.token}"), 401, "TOKEN_MISSING")


def test_a_token_ends_after_an_hour():
    person = a_client()
    assert person.api.get("/profiles").status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=3601), tick=False):
        problem(person.api.get("/profiles"), 401, "TOKEN_EXPIRED")


def test_a_revoked_credential_is_refused_within_seconds(monkeypatch):
    person = a_client()
    assert person.api.get("/profiles").status_code == 200
    revoke_credential(credential_id=person.credential.credential_id, at=clock.now())
    passed = time.monotonic() + authentication.CACHE_SECONDS
    monkeypatch.setattr(authentication.time, "monotonic", lambda: passed)
    problem(person.api.get("/profiles"), 401, "TOKEN_INVALID")
    assert authentication.CACHE_SECONDS <= 2


def test_a_scope_taken_from_the_credential_is_gone_from_its_tokens():
    person = a_client()
    ApiCredential.objects.filter(id=person.credential.credential_id).update(scopes=["orders:read"])
    problem(person.api.get("/profiles"), 403, "SCOPE_MISSING")


def test_the_cache_of_tokens_is_bounded(monkeypatch):
    monkeypatch.setattr(authentication, "CACHE_MOST", 3)
    for _ in range(5):
        assert a_client().api.get("/profiles").status_code == 200
    assert len(authentication._cache) <= 3
