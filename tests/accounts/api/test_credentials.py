"""/v1/credentials: a client's own keys, asked for, shown once, changed and revoked."""

import json
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
import time_machine

from accounts.models import AccessToken, ApiCredential
from accounts.operations.issue_secret import issue_secret
from accounts.operations.issue_token import issue_token
from core import clock
from core.ids import new_id
from core.models import AuditEntry, IdempotentRequest
from core.operations.record_audit import SYSTEM
from tests.four_eyes import approve
from tests.keys import a_credential
from tests.people import Api, a_client, problem

pytestmark = pytest.mark.django_db

SCOPES = ("credentials:read", "credentials:write", "orders:read", "orders:write", "approvals:read")
FIELDS = [
    "id", "entity_id", "label", "client_id", "scopes", "allowed_cidrs", "signing_public_key", "rate_limits", "status",
    "has_secret", "previous_secret_ends_at", "expires_at", "last_used_at", "last_used_from", "version", "created_at",
    "updated_at",
]  # fmt: skip
ZERO_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


@pytest.fixture
def ann():
    return a_client(scopes=SCOPES)


def ask(person, key="k-1", **terms):
    body = {"label": "night job", "scopes": ["orders:read"]} | terms
    return person.api.post("/credentials", body, HTTP_IDEMPOTENCY_KEY=key)


def secret(person, credential_id, key="s-1", **wish):
    return person.api.post(f"/credentials/{credential_id}/secrets", wish, HTTP_IDEMPOTENCY_KEY=key)


def change(person, credential_id, version, **terms):
    path, headers = f"/credentials/{credential_id}", {"HTTP_IF_MATCH": f'"{version}"'}
    return person.api.request("PATCH", path, json.dumps(terms).encode(), **headers)


def read(answer, status=200):
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def opens(client_id, client_secret):
    form = f"grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
    answer = Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE="application/x-www-form-urlencoded")
    return answer.status_code == 200


def test_a_credential_is_asked_for_approved_and_shown_its_secret_once(ann):
    answer = ask(ann, allowed_cidrs=["127.0.0.0/8", "2001:db8::/32"])
    approval = read(answer, 202)
    assert (approval["action"], approval["status"]) == ("CREDENTIAL_CREATE", "PENDING")
    assert answer["Location"] == f"/v1/approvals/{approval['id']}"
    assert ApiCredential.objects.filter(entity_id=ann.entity_id).count() == 1
    again = ask(ann, allowed_cidrs=["127.0.0.0/8", "2001:db8::/32"])
    assert (again.content, again["Idempotent-Replayed"]) == (answer.content, "true")
    credential_id = approve(UUID(approval["id"])).result["credential_id"]
    shown = read(ann.api.get(f"/credentials/{credential_id}"))
    assert list(shown) == FIELDS
    assert (shown["has_secret"], shown["allowed_cidrs"]) == (False, ["127.0.0.0/8", "2001:db8::/32"])
    first = read(secret(ann, credential_id), 201)
    assert len(first["client_secret"]) == 43 and opens(first["client_id"], first["client_secret"])
    assert read(secret(ann, credential_id), 201) == first | {"client_secret": None}
    kept = repr(list(IdempotentRequest.objects.values_list("answer", "body"))) + repr(list(AuditEntry.objects.values()))
    assert first["client_secret"] not in kept


def test_a_secret_rotates_with_two_alive_and_never_three(ann):
    credential_id = a_credential(ann.entity_id, ["orders:read"])
    one, two = (read(secret(ann, credential_id, f"s-{number}"), 201) for number in (1, 2))
    assert one["previous_ends_at"] is None and two["previous_ends_at"] is not None
    assert opens(one["client_id"], one["client_secret"]) and opens(one["client_id"], two["client_secret"])
    refused = problem(secret(ann, credential_id, "s-3"), 409, "SECRET_OVERLAP")
    assert refused["meta"]["previous_secret_ends_at"]
    three = read(secret(ann, credential_id, "s-3", replaces_oldest=True, overlap_seconds=3_600), 201)
    assert not opens(one["client_id"], one["client_secret"])
    assert opens(one["client_id"], two["client_secret"]) and opens(one["client_id"], three["client_secret"])
    with time_machine.travel(clock.now() + timedelta(seconds=3_601), tick=False):
        assert not opens(one["client_id"], two["client_secret"])
        assert opens(one["client_id"], three["client_secret"])
        four = issue_secret(credential_id=credential_id, overlap_seconds=0, actor=SYSTEM, at=clock.now())
    assert not opens(one["client_id"], three["client_secret"])
    assert opens(one["client_id"], four.client_secret)


def test_a_secret_of_a_credential_that_may_more_is_not_shown(ann):
    """Else any program of the entity would have every scope of the entity, around the approval."""
    wider = a_credential(ann.entity_id, ["orders:read", "orders:write", "reports:read"])
    refused = problem(secret(ann, wider), 403, "SCOPE_MISSING")
    assert refused["meta"] == {"scope": "reports:read"}
    assert ApiCredential.objects.get(pk=wider).secret_hash is None
    mine, at = ann.credential.credential_id, clock.now()
    issued = issue_token(credential_id=mine, scopes=["credentials:write"], at=at)
    narrow = SimpleNamespace(api=Api(issued.access_token))
    equal = a_credential(ann.entity_id, ["orders:read"])
    problem(secret(narrow, equal), 403, "SCOPE_MISSING")
    # Its own, whatever the token may: it has the secret already.
    shown = read(secret(narrow, mine, "s-2"), 201)
    assert opens(shown["client_id"], shown["client_secret"])


def test_a_first_signing_key_is_set_by_the_credential_itself_or_by_approval(ann):
    mine, other = ann.credential.credential_id, a_credential(ann.entity_id, ["orders:read"])
    approval = read(change(ann, other, 1, signing_public_key=ZERO_KEY), 202)
    assert read(ann.api.get(f"/credentials/{other}"))["signing_public_key"] is None
    assert approve(UUID(approval["id"])).status == "EXECUTED"
    assert read(ann.api.get(f"/credentials/{other}"))["signing_public_key"] == ZERO_KEY
    read(change(ann, mine, 2, signing_public_key=ZERO_KEY))
    assert ApiCredential.objects.get(pk=mine).signing_public_key == ZERO_KEY


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"overlap_seconds": 86_401}, 422, "OVERLAP_TOO_LONG"),
        ({"overlap_seconds": -1}, 422, "OVERLAP_TOO_LONG"),
        ({"overlap_seconds": "60"}, 400, "REQUEST_INVALID"),
        ({"overlap_seconds": True}, 400, "REQUEST_INVALID"),
        ({"replaces_oldest": 1}, 400, "REQUEST_INVALID"),
        ({"secret": "of my own"}, 400, "REQUEST_INVALID"),
    ],
)
def test_what_no_wish_for_a_secret_is(ann, wish, status, code):
    problem(secret(ann, ann.credential.credential_id, **wish), status, code)


def test_a_revoked_credential_is_shown_no_secret(ann):
    credential_id = a_credential(ann.entity_id, ["orders:read"])
    for _ in range(2):
        answer = ann.api.delete(f"/credentials/{credential_id}")
        assert (answer.status_code, answer.content) == (204, b"")
    problem(secret(ann, credential_id), 422, "CREDENTIAL_NOT_ACTIVE")
    problem(change(ann, credential_id, 2, label="b"), 422, "CREDENTIAL_NOT_ACTIVE")


def test_less_holds_at_once_and_more_waits(ann):
    terms = {
        "allowed_cidrs": ("10.0.0.0/8", "2001:db8::/32"),
        "expires_at": clock.now() + timedelta(days=30),
        "signing_public_key": ZERO_KEY,
    }
    credential_id = a_credential(ann.entity_id, ["orders:read", "orders:write"], **terms)
    less = {
        "label": "b",
        "scopes": ["orders:read"],
        "allowed_cidrs": ["10.1.0.0/16", "10.2.3.4/32", "2001:db8:1::/48"],
        "expires_at": (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answer = change(ann, credential_id, 1, **less)
    shown = read(answer)
    assert answer["ETag"] == '"2"' and shown["label"] == "b" and shown["scopes"] == ["orders:read"]
    for number, more in enumerate(
        (
            {"scopes": ["orders:read", "orders:write"]},
            {"allowed_cidrs": ["10.0.0.0/15"]},
            {"allowed_cidrs": ["10.1.0.0/16", "192.0.2.1/32"]},
            {"allowed_cidrs": []},
            {"signing_public_key": ""},
            {"signing_public_key": ZERO_KEY.replace("11q", "12q")},
            {"expires_at": "2999-01-01T00:00:00Z"},
        )
    ):
        approval = read(change(ann, credential_id, 2 + number, label=f"c{number}", **more), 202)
        assert read(ann.api.get(f"/credentials/{credential_id}"))["version"] == 2 + number
        assert problem(change(ann, credential_id, 2 + number, **more), 409, "APPROVAL_ALREADY_PENDING")
        assert approve(UUID(approval["id"])).status == "EXECUTED"
        assert read(ann.api.get(f"/credentials/{credential_id}"))["label"] == f"c{number}"
        # Back to where it was, by hand: each of them is looked at alone.
        ApiCredential.objects.filter(pk=credential_id).update(
            scopes=["orders:read"], allowed_cidrs=["10.1.0.0/16"], signing_public_key=ZERO_KEY,
            expires_at=clock.now() + timedelta(days=9),
        )  # fmt: skip


def test_terms_that_changed_meanwhile_are_not_widened(ann):
    credential_id = a_credential(ann.entity_id, ["orders:read"], allowed_cidrs=("10.0.0.0/8",))
    approval = read(change(ann, credential_id, 1, allowed_cidrs=["10.0.0.0/8", "192.0.2.0/24"]), 202)
    read(change(ann, credential_id, 1, allowed_cidrs=["10.0.0.0/16"]))
    decided = approve(UUID(approval["id"]))
    assert (decided.status, decided.outcome_code) == ("FAILED", "STATE_CHANGED")
    assert read(ann.api.get(f"/credentials/{credential_id}"))["allowed_cidrs"] == ["10.0.0.0/16"]


def test_a_change_names_the_version_it_was_made_from(ann):
    mine = ann.credential.credential_id
    path, body = f"/credentials/{mine}", b'{"label": "b"}'
    problem(ann.api.request("PATCH", path, body), 428, "PRECONDITION_REQUIRED")
    problem(ann.api.request("PATCH", path, body, HTTP_IF_MATCH="*"), 412, "PRECONDITION_FAILED")
    assert problem(change(ann, mine, 9, label="b"), 412, "PRECONDITION_FAILED")["meta"] == {"version": "2"}
    read(change(ann, mine, 2, label="b"))


@pytest.mark.parametrize(
    ("terms", "status", "code"),
    [
        ({"scopes": []}, 422, "SCOPE_UNKNOWN"),
        ({"scopes": ["root"]}, 422, "SCOPE_UNKNOWN"),
        ({"scopes": "orders:read"}, 400, "REQUEST_INVALID"),
        ({"label": ""}, 400, "REQUEST_INVALID"),
        ({"allowed_cidrs": ["10.0.0.1/8"]}, 422, "NETWORK_INVALID"),
        ({"allowed_cidrs": ["everywhere"]}, 422, "NETWORK_INVALID"),
        ({"allowed_cidrs": ["10.0.0.0/8"] * 51}, 400, "REQUEST_INVALID"),
        ({"signing_public_key": "AAAA"}, 422, "SIGNING_KEY_INVALID"),
        ({"signing_public_key": "?" * 44}, 422, "SIGNING_KEY_INVALID"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "EXPIRY_TOO_SOON"),
        ({"rate_limits": {"orders": "9/9"}}, 400, "REQUEST_INVALID"),
        ({"client_secret": "mine"}, 400, "REQUEST_INVALID"),
    ],
)
def test_unsound_terms_are_refused(ann, terms, status, code):
    problem(ask(ann, **terms), status, code)
    assert not IdempotentRequest.objects.exists()


def test_asking_takes_a_key(ann):
    problem(ann.api.post("/credentials", {"label": "a", "scopes": ["orders:read"]}), 400, "IDEMPOTENCY_KEY_MISSING")
    problem(ann.api.post(f"/credentials/{ann.credential.credential_id}/secrets", {}), 400, "IDEMPOTENCY_KEY_MISSING")


def test_another_entitys_credential_does_not_exist(ann):
    sister = a_client(scopes=SCOPES, organisation_id=ann.organisation_id)
    answers = []
    for foreign in (sister.credential.credential_id, new_id()):
        for answer in (
            ann.api.get(f"/credentials/{foreign}"),
            ann.api.delete(f"/credentials/{foreign}"),
            change(ann, foreign, 1, label="b"),
            secret(ann, foreign),
        ):
            body = problem(answer, 404, "NOT_FOUND")
            del body["request_id"]
            answers.append(body)
    assert all(body == answers[0] for body in answers)
    listed = read(ann.api.get("/credentials"))["items"]
    assert [item["id"] for item in listed] == [str(ann.credential.credential_id)]
    assert read(sister.api.get("/credentials?status=REVOKED"))["items"] == []


def test_each_verb_takes_its_scope(ann):
    at = clock.now()
    token = issue_token(credential_id=ann.credential.credential_id, scopes=["credentials:read"], at=at).access_token
    reader = Api(token)
    assert reader.get("/credentials").status_code == 200
    problem(reader.post("/credentials", {}), 403, "SCOPE_MISSING")
    problem(reader.delete(f"/credentials/{ann.credential.credential_id}"), 403, "SCOPE_MISSING")
    writer = Api(
        issue_token(credential_id=ann.credential.credential_id, scopes=["credentials:write"], at=at).access_token
    )
    problem(writer.get("/credentials"), 403, "SCOPE_MISSING")


def test_no_more_scopes_than_ones_own_tokens_ever_had(ann):
    """What a client asks for is decided by people, who see what it has; a token of the new one has its scopes and no others."""
    approval = read(ask(ann, scopes=["orders:read"]), 202)
    credential_id = UUID(approve(UUID(approval["id"])).result["credential_id"])
    issued = issue_token(credential_id=credential_id, scopes=["orders:read"], at=clock.now())
    problem(Api(issued.access_token).get("/credentials"), 403, "SCOPE_MISSING")
    assert AccessToken.objects.filter(credential_id=credential_id).count() == 1
