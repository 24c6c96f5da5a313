"""Signed requests: what a credential with a key signs is what is done, and nothing else (RFC 9421, Ed25519)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings

from accounts.models import ApiCredential
from core import clock
from core.ids import new_id
from tests.accounts.credentials.signing import Signer, a_key_pair, meta, signed_headers
from tests.people import a_client, problem

pytestmark = pytest.mark.django_db
SCOPES = ("orders:read", "credentials:read", "credentials:write", "profiles:read", "reports:read")


@pytest.fixture
def ann():
    person = a_client(scopes=SCOPES)
    key, public = a_key_pair()
    ApiCredential.objects.filter(pk=person.credential.credential_id).update(signing_public_key=public)
    return Signer(person.api, key, person.credential.client_id)


def refused(answer, code="SIGNATURE_INVALID"):
    body = problem(answer, 401, code)
    assert answer["WWW-Authenticate"] == 'Bearer realm="countinghouse"'
    return body


def test_a_signed_read_and_a_signed_write_pass(ann):
    assert ann.send("GET", "/profiles?limit=2&order=DESC").status_code == 200
    assert ann.send("GET", "/profiles").status_code == 200
    wish = {"label": "b", "scopes": ["profiles:read"]}
    assert ann.post("/credentials", wish, idempotency_key="k-1").status_code == 202


def test_an_unsigned_call_is_refused_and_one_without_its_half(ann):
    refused(ann.api.get("/profiles"), "SIGNATURE_MISSING")
    headers = meta(ann.headers("GET", "/profiles"))
    for half in ("HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT"):
        refused(ann.api.get("/profiles", **{half: headers[half]}), "SIGNATURE_MISSING")


def test_the_same_body_is_read_after_it_was_checked(ann):
    answer = ann.post("/credentials", {"label": "b", "scopes": ["nonsense"]}, idempotency_key="k-1")
    problem(answer, 422, "SCOPE_UNKNOWN")


def test_another_target_method_body_or_key_is_refused(ann):
    signed = meta(ann.headers("GET", "/profiles?limit=2&order=ASC"))
    for path in ("/credentials?limit=2&order=ASC", "/profiles?order=ASC&limit=2", "/profiles?limit=2", "/profiles"):
        refused(ann.api.get(path, **signed))
    body = json.dumps({"label": "b", "scopes": ["profiles:read"]}).encode()
    written = meta(ann.headers("POST", "/credentials", body, idempotency_key="k-1"))
    refused(ann.api.request("POST", "/credentials", body.replace(b'"b"', b'"c"'), **written))
    refused(ann.api.request("POST", "/credentials", body, **(written | {"HTTP_IDEMPOTENCY_KEY": "k-2"})))
    del written["HTTP_IDEMPOTENCY_KEY"]
    refused(ann.api.request("POST", "/credentials", body, **written))
    one = f"/credentials/{ApiCredential.objects.get(client_id=ann.client_id).pk}"
    refused(ann.api.delete(one, **meta(ann.headers("GET", one))))


def test_what_is_not_covered_was_not_signed(ann):
    body = b'{"label": "b", "scopes": ["profiles:read"]}'
    # Neither the digest nor the idempotency key is among what was signed.
    refused(ann.api.request("POST", "/credentials", body, **meta(ann.headers("POST", "/credentials"))))
    bare = meta(ann.headers("POST", "/credentials", body))
    refused(ann.api.request("POST", "/credentials", body, HTTP_IDEMPOTENCY_KEY="k-1", **bare))
    # And no more than there is.
    more = meta(ann.headers("GET", "/profiles", idempotency_key="k-1"))
    refused(ann.api.get("/profiles", **{name: text for name, text in more.items() if "KEY" not in name}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"@method" "@target-uri"', '"@method"'),
        ('"@method" "@target-uri"', '"@target-uri"'),
        ('"@method" "@target-uri"', '"@target-uri" "@method"'),
        ('"@method" "@target-uri"', '"@method" "@method" "@target-uri"'),
        ('"@method"', '"@METHOD"'),
        ('alg="ed25519"', 'alg="hmac-sha256"'),
        ('alg="ed25519"', 'alg="rsa-pss-sha512"'),
        (';alg="ed25519"', ';alg="ed25519";surprise=1'),
        ("sig=", "other="),
        ("created=", "expires="),
    ],
)
def test_another_spelling_of_what_is_signed_is_refused(ann, before, after):
    headers = ann.headers("GET", "/profiles")
    assert before in headers["Signature-Input"]
    changed = headers | {"Signature-Input": headers["Signature-Input"].replace(before, after)}
    refused(ann.api.get("/profiles", **meta(changed)))


def test_another_key_or_name_is_refused(ann):
    stranger, _ = a_key_pair()
    refused(Signer(ann.api, stranger, ann.client_id).send("GET", "/profiles"))
    refused(Signer(ann.api, ann.key, "cth-somebody-else").send("GET", "/profiles"))
    neighbour = a_client(scopes=SCOPES)
    refused(Signer(ann.api, ann.key, neighbour.credential.client_id).send("GET", "/profiles"))


@pytest.mark.parametrize("moved", [-61, 61, -3_600, 10**10])
def test_an_old_signature_is_stale_and_so_is_one_of_tomorrow(ann, moved):
    at = int(clock.now().timestamp())
    with time_machine.travel(at, tick=False):
        refused(ann.send("GET", "/profiles", created=at + moved), "SIGNATURE_STALE")


@pytest.mark.parametrize("moved", [-60, -1, 0, 60])
def test_a_minute_either_way_is_let_pass(ann, moved):
    at = int(clock.now().timestamp())
    with time_machine.travel(at, tick=False):
        assert ann.send("GET", "/profiles", created=at + moved).status_code == 200


def test_a_time_that_was_changed_or_is_none_is_refused(ann):
    headers = ann.headers("GET", "/profiles")
    created = headers["Signature-Input"].split("created=")[1].split(";")[0]
    for other in (str(int(created) - 1), f'"{created}"', f"{created}.0", "?1"):
        changed = headers["Signature-Input"].replace(f"created={created}", f"created={other}")
        refused(ann.api.get("/profiles", **meta(headers | {"Signature-Input": changed})))


def test_two_signatures_are_none(ann):
    headers = ann.headers("GET", "/profiles")
    twice = {name: f"{text}, {text}" for name, text in headers.items()}
    refused(ann.api.get("/profiles", **meta(twice)))
    other = {name: f"{text}, {text.replace('sig=', 'two=')}" for name, text in headers.items()}
    refused(ann.api.get("/profiles", **meta(other)))
    for strange in ("", "sig", "sig=1", "sig=:AAAA:", "sig=:" + "A" * 9_000 + ":", "\u00e9"):
        answer = ann.api.get("/profiles", **meta(headers | {"Signature": strange}))
        assert answer.status_code == 401, strange


def test_a_digest_that_is_not_the_bodys_is_refused_though_it_is_signed(ann):
    body = b'{"label": "b", "scopes": ["profiles:read"]}'
    signed = meta(ann.headers("POST", "/credentials", body, idempotency_key="k-1"))
    refused(ann.api.request("POST", "/credentials", body + b" ", **signed))
    for digest in ("sha-512=:AAAA:", "sha-256=:AAAA:", "md5=:AAAA:", "", "sha-256"):
        refused(ann.api.request("POST", "/credentials", body, **(signed | {"HTTP_CONTENT_DIGEST": digest})))


def test_the_target_is_what_the_client_asked_behind_the_proxy(ann):
    """TLS ends at the proxy: what was signed is https and the public name."""
    url = "https://api.broker.example/v1/profiles?reference=main"
    signed = meta(signed_headers(ann.key, ann.client_id, "GET", url))
    proxied = {"HTTP_HOST": "api.broker.example", "HTTP_X_FORWARDED_PROTO": "https"}
    with override_settings(
        ALLOWED_HOSTS=["api.broker.example"], SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")
    ):
        assert ann.api.get("/profiles?reference=main", **signed, **proxied).status_code == 200
        refused(ann.api.get("/profiles?reference=main", **signed, HTTP_HOST="api.broker.example"))
    with override_settings(ALLOWED_HOSTS=["api.broker.example"]):
        refused(ann.api.get("/profiles?reference=main", **signed, **proxied))


def test_a_path_is_encoded_only_where_it_must_be(ann):
    path = "/credentials?client_id=a:b"
    assert ann.send("GET", path).status_code == 200
    order = f"/orders/by-client-id/{new_id()}/a:b"
    problem(ann.send("GET", order), 404, "NOT_FOUND")
    refused(ann.send("GET", order.replace(":", "%3A")))


def test_a_token_is_fetched_unsigned_and_public_things_are_read_so(ann):
    form = b"grant_type=client_credentials"
    assert ann.api.get("/time").status_code == 200
    answer = ann.api.request("POST", "/oauth/token", form, CONTENT_TYPE="application/x-www-form-urlencoded")
    assert answer.status_code == 401


def test_who_has_no_key_signs_nothing_and_a_signature_is_not_looked_at():
    person = a_client()
    nonsense = {"HTTP_SIGNATURE": "sig=:AAAA:", "HTTP_SIGNATURE_INPUT": "sig=()"}
    assert person.api.get("/profiles", **nonsense).status_code == 200


def test_a_body_that_is_too_large_is_not_hashed(ann):
    body = b'{"label": "' + b"a" * 70_000 + b'"}'
    problem(
        ann.api.request("POST", "/credentials", body, **meta(ann.headers("POST", "/credentials", body))),
        413,
        "BODY_TOO_LARGE",
    )


def test_a_write_sent_again_is_answered_with_what_is_stored(ann):
    body = json.dumps({"label": "b", "scopes": ["profiles:read"]}).encode()
    signed = meta(ann.headers("POST", "/credentials", body, idempotency_key="k-1"))
    first = ann.api.request("POST", "/credentials", body, **signed)
    again = ann.api.request("POST", "/credentials", body, **signed)
    assert (first.status_code, again.content, again["Idempotent-Replayed"]) == (202, first.content, "true")
    with time_machine.travel(clock.now() + timedelta(seconds=62), tick=False):
        refused(ann.api.request("POST", "/credentials", body, **signed), "SIGNATURE_STALE")
