"""Giving keys and taking them back."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from accounts.domain.credential_terms import CredentialTerms
from accounts.models import AccessToken, ApiCredential, ApprovalRequest, Entity
from accounts.operations.change_credential import change_credential
from accounts.operations.create_credential import create_credential
from accounts.operations.create_organisation import create_organisation
from accounts.operations.issue_secret import issue_secret
from accounts.operations.issue_token import issue_token
from accounts.operations.revoke_credential import revoke_credential
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from tests.desk import a_person
from tests.four_eyes import approve, decide
from tests.keys import a_credential, a_key
from tests.people import Api, a_client, problem

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def ask(entity_id, actor=SYSTEM, at=None, **terms):
    wanted = CredentialTerms(**{"label": "A", "scopes": ("orders:read",)} | terms)
    return create_credential(entity_id=entity_id, terms=wanted, actor=actor, at=at or clock.now())


def test_an_administrator_asks_and_another_approves():
    person, asker = a_client(), a_person(role="ADMINISTRATOR")
    outcome = ask(person.entity_id, Actor("PERSON", asker.pk))
    assert outcome.is_pending and ApiCredential.objects.filter(label="A").count() == 0
    with pytest.raises(Refusal, match="APPROVER_IS_REQUESTER"):
        decide(outcome.approval_id, asker)
    with pytest.raises(Refusal, match="PERMISSION_MISSING"):
        decide(outcome.approval_id, a_person(role="DESK"))
    other = a_person(role="ADMINISTRATOR")
    assert decide(outcome.approval_id, other).status == "EXECUTED"
    credential = ApiCredential.objects.get(label="A")
    assert (credential.secret_hash, credential.status, credential.entity_id) == (None, "ACTIVE", person.entity_id)
    entry = AuditEntry.objects.get(action="accounts.credential.create", object_id=str(credential.pk))
    assert (entry.actor_id, entry.approval_id, entry.object_type) == (
        asker.pk,
        outcome.approval_id,
        "accounts.credential",
    )
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert request.description["title"].startswith("Create the credential A for Client")


def test_without_a_secret_it_opens_nothing():
    person = a_client()
    credential = ApiCredential.objects.get(pk=a_credential(person.entity_id, ["orders:read"]))
    for guess in ("", "nobody", "None"):
        form = f"grant_type=client_credentials&client_id={credential.client_id}&client_secret={guess}"
        answer = Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE=FORM)
        assert (answer.status_code, json.loads(answer.content)["error"]) == (401, "invalid_client")


def test_neither_missing_nor_closed_entities_are_given_one():
    with pytest.raises(NotFound):
        ask(new_id())
    person = a_client()
    outcome = ask(person.entity_id)
    Entity.objects.filter(id=person.entity_id).update(status="CLOSED")
    with pytest.raises(Refusal, match="ENTITY_CLOSED"):
        ask(person.entity_id)
    decided = approve(outcome.approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "ENTITY_CLOSED")


@pytest.mark.parametrize("scopes", [(), ("orders:read", "root"), ("ORDERS:READ",)])
def test_a_credential_without_known_scopes_is_refused(scopes):
    with pytest.raises(Refusal, match="SCOPE_UNKNOWN"):
        ask(a_client().entity_id, scopes=scopes)


def test_the_firms_own_scopes_are_not_for_clients():
    mine = a_client()
    with pytest.raises(Refusal, match="SCOPE_OF_THE_FIRM"):
        ask(mine.entity_id, scopes=("orders:read", "firm:desk"))
    with pytest.raises(Refusal, match="SCOPE_OF_THE_FIRM"):
        change_credential(
            credential_id=mine.credential.credential_id,
            changes={"scopes": ("firm:desk",)},
            actor=SYSTEM,
            at=clock.now(),
        )
    firm = create_organisation(name="The house", kind="FIRM", at=clock.now())
    house = a_client(organisation_id=firm)
    assert ask(house.entity_id, scopes=("firm:desk",)).is_pending


@pytest.mark.parametrize(
    "limits",
    [
        {"public": "1/1"},
        {"reads": "fast"},
        {"orders": "5/10"},
        {"orders": "5/10", "cancels": "4/10"},
        {"orders": "5/10", "cancels": "5/9"},
    ],
)
def test_paces_that_are_none_are_refused(limits):
    with pytest.raises(Refusal, match="LIMITS_INVALID"):
        ask(a_client().entity_id, rate_limits=limits)


def test_other_paces_take_approval():
    mine = a_client().credential.credential_id
    faster = {"rate_limits": {"orders": "200/400", "cancels": "200/400"}}
    outcome = change_credential(credential_id=mine, changes=faster, actor=SYSTEM, at=clock.now())
    assert outcome.is_pending
    approve(outcome.approval_id)
    assert ApiCredential.objects.get(pk=mine).rate_limits == faster["rate_limits"]
    title = ApprovalRequest.objects.get(pk=outcome.approval_id).description
    assert title["changes"] == [["rate_limits", "none", "cancels 200/400, orders 200/400"]]


def test_a_change_that_changes_nothing_writes_nothing():
    mine = a_client().credential.credential_id
    before = ApiCredential.objects.values().get(pk=mine)
    assert not change_credential(
        credential_id=mine, changes={"label": before["label"]}, actor=SYSTEM, at=clock.now()
    ).is_pending
    assert ApiCredential.objects.values().get(pk=mine) == before


def test_a_token_lives_an_hour_and_has_no_more_than_its_credential():
    at = clock.now()
    person = a_client(scopes=("orders:read",))
    mine = person.credential.credential_id
    issued = issue_token(credential_id=mine, scopes=["orders:read"], at=at)
    assert issued.expires_in_seconds == 3600
    assert AccessToken.objects.order_by("-id").first().expires_at == at + timedelta(hours=1)
    with pytest.raises(Refusal, match="SCOPE_MISSING"):
        issue_token(credential_id=mine, scopes=["orders:read", "orders:write"], at=at)
    with pytest.raises(NotFound):
        issue_token(credential_id=new_id(), scopes=["orders:read"], at=at)


def test_a_revoked_or_ended_credential_is_given_no_token_and_no_secret():
    at, person = clock.now(), a_client()
    ends = at + timedelta(seconds=5)
    short = a_key(person.entity_id, ["orders:read"], expires_at=ends, at=at)
    issue_token(credential_id=short.credential_id, scopes=["orders:read"], at=at)
    for deed in (
        lambda: issue_token(credential_id=short.credential_id, scopes=["orders:read"], at=ends),
        lambda: issue_secret(credential_id=short.credential_id, actor=SYSTEM, at=ends),
    ):
        with pytest.raises(Refusal, match="CREDENTIAL_NOT_ACTIVE"):
            deed()
    with pytest.raises(Refusal, match="EXPIRY_TOO_SOON"):
        ask(person.entity_id, expires_at=at, at=at)
    mine = person.credential.credential_id
    revoke_credential(credential_id=mine, at=at)
    revoke_credential(credential_id=mine, at=at)
    with pytest.raises(Refusal, match="CREDENTIAL_NOT_ACTIVE"):
        issue_token(credential_id=mine, scopes=["orders:read"], at=at)
    assert AuditEntry.objects.filter(action="accounts.credential.revoke").count() == 1
    for missing in (revoke_credential, issue_secret):
        with pytest.raises(NotFound):
            missing(credential_id=new_id(), actor=SYSTEM, at=at)


def test_what_a_revoked_credential_was_to_be_allowed_is_not():
    mine = a_client().credential.credential_id
    outcome = change_credential(
        credential_id=mine,
        changes={"scopes": ("orders:read", "orders:write", "reports:read")},
        actor=SYSTEM,
        at=clock.now(),
    )
    revoke_credential(credential_id=mine, at=clock.now())
    decided = approve(outcome.approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "CREDENTIAL_NOT_ACTIVE")


def test_a_token_is_given_back():
    person, stranger = a_client(), a_client()

    def give_back(who, token, **more):
        form = {"client_id": who.credential.client_id, "client_secret": who.credential.client_secret, "token": token}
        body = "&".join(f"{name}={text}" for name, text in (form | more).items() if text is not None)
        return Api(None).request("POST", "/oauth/revoke", body.encode(), CONTENT_TYPE=FORM)

    assert person.api.get("/profiles").status_code == 200
    # Another's token is none of one's own, and one is not told whether there is such a one.
    for answer in (give_back(stranger, person.api.token), give_back(stranger, "nonsense")):
        assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"", "no-store")
    assert person.api.get("/profiles").status_code == 200
    assert give_back(person, person.api.token, token_type_hint="access_token").status_code == 200
    problem(person.api.get("/profiles"), 401, "TOKEN_INVALID")
    assert give_back(person, person.api.token).status_code == 200
    for answer, status, code in (
        (give_back(person, None), 400, "invalid_request"),
        (give_back(person, "x", client_secret="wrong"), 401, "invalid_client"),
        (give_back(person, "x", token_type_hint="refresh_token"), 400, "unsupported_token_type"),
    ):
        assert (answer.status_code, json.loads(answer.content)["error"]) == (status, code)


def test_a_secret_is_256_bits_and_is_not_printed():
    person = a_client()
    with transaction.atomic():
        shown = issue_secret(credential_id=person.credential.credential_id, actor=SYSTEM, at=clock.now())
    assert len(shown.client_secret) == 43 and shown.client_secret not in repr(shown)
    assert isinstance(shown.credential_id, UUID)
