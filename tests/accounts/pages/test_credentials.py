"""The page of credentials: who sees it, who asks, what is shown once, and revoking at once."""

import re

import pytest

from accounts.domain.credential_terms import CredentialTerms
from accounts.domain.secrets import secret_sha256
from accounts.models import ApiCredential, ApprovalRequest
from accounts.operations.create_credential import create_credential
from core import clock
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from tests.desk import a_person, fragment, signed_in
from tests.four_eyes import decide
from tests.keys import a_credential
from tests.people import a_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return signed_in(a_person(role="ADMINISTRATOR"))


def form(person, **more):
    return {
        "entity": str(person.entity_id),
        "label": "night job",
        "scopes": ["orders:read", "profiles:read"],
        "allowed_cidrs": "203.0.113.0/24, 2001:db8::/32",
        "reason": "Ticket 7",
    } | more


def said(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_one_asks_another_approves_and_the_first_secret_is_shown_once(admin):
    person = a_client()
    assert admin.get("/ops/credentials/new").status_code == 200
    assert admin.post("/ops/credentials/new", form(person))["Location"] == "/ops/credentials"
    request = ApprovalRequest.objects.get(action="CREDENTIAL_CREATE", status="PENDING")
    assert (request.payload["label"], request.reason, request.entity_id) == ("night job", "Ticket 7", person.entity_id)
    decide(request.pk, a_person(role="ADMINISTRATOR"))
    credential = ApiCredential.objects.get(label="night job")
    page = said(admin.get(f"/ops/credentials/{credential.pk}"))
    assert "Nobody has been shown a secret yet" in page and "203.0.113.0/24" in page
    shown = admin.post(f"/ops/credentials/{credential.pk}/secret")
    assert "no-store" in shown["Cache-Control"]
    (secret,) = re.findall(r"<dt>Secret</dt><dd><code>([\w-]{43})</code>", shown.content.decode())
    credential.refresh_from_db()
    assert credential.secret_hash == secret_sha256(secret)
    assert secret not in admin.get(f"/ops/credentials/{credential.pk}").content.decode()


def test_nobody_of_the_house_is_shown_a_secret_of_a_credential_that_works(admin):
    mine = a_client().credential.credential_id
    before = ApiCredential.objects.get(pk=mine)
    for wish in ({}, {"overlap": "3600"}, {"overlap": "0", "replaces_oldest": "on"}):
        refused = admin.post(f"/ops/credentials/{mine}/secret", wish, follow=True)
        assert "The house is shown the first secret alone" in said(refused)
        assert "<dt>Secret</dt>" not in refused.content.decode()
    now = ApiCredential.objects.get(pk=mine)
    assert (now.secret_hash, now.previous_secret_hash) == (before.secret_hash, before.previous_secret_hash)
    page = said(admin.get(f"/ops/credentials/{mine}"))
    assert "A further one is the client" in page and "/secret" not in page


def test_who_approved_it_alone_is_not_shown_its_secret():
    approver, other = a_person(role="ADMINISTRATOR"), a_person(role="ADMINISTRATOR")
    again = a_person(role="ADMINISTRATOR", person_id=approver.person_id)
    outcome = create_credential(
        entity_id=a_client().entity_id,
        terms=CredentialTerms(label="theirs", scopes=("orders:read",)),
        actor=SYSTEM,
        at=clock.now(),
    )
    decide(outcome.approval_id, approver)
    credential = ApiCredential.objects.get(label="theirs")
    for person in (approver, again):
        refused = signed_in(person).post(f"/ops/credentials/{credential.pk}/secret", follow=True)
        assert "did not approve it alone" in said(refused)
    credential.refresh_from_db()
    assert credential.secret_hash is None
    assert "<dt>Secret</dt>" in signed_in(other).post(f"/ops/credentials/{credential.pk}/secret").content.decode()


def test_a_credential_is_revoked_at_once_with_a_reason(admin):
    mine = a_client().credential.credential_id
    assert "Say why" in said(admin.post(f"/ops/credentials/{mine}/revoke", {"reason": " "}, follow=True))
    assert "Revoked" in said(admin.post(f"/ops/credentials/{mine}/revoke", {"reason": "Leaked"}, follow=True))
    entry = AuditEntry.objects.get(action="accounts.credential.revoke")
    assert (entry.reason, entry.actor_kind, entry.source_ip) == ("Leaked", "PERSON", "127.0.0.1")
    page = said(admin.get(f"/ops/credentials/{mine}"))
    assert "Revoke</button>" not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entity": "nobody"}, "There is no open entity"),
        ({"scopes": []}, "This field is required"),
        ({"allowed_cidrs": "10.0.0.1/8"}, "is no network"),
        ({"signing_public_key": "AAAA"}, "not Ed25519"),
        ({"ends_on": "2020-01-01"}, "ends in the future"),
        ({"rate_limits": "orders"}, "Write orders="),
        ({"rate_limits": "orders=5/10"}, "paced together"),
        ({"rate_limits": "coffee=5/10"}, "no bucket coffee"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_is_refused_stands_beside_its_field(admin, change, words):
    answer = admin.post("/ops/credentials/new", form(a_client(), **change))
    assert answer.status_code == 422
    assert words in said(answer)
    assert not ApprovalRequest.objects.filter(status="PENDING").exists()


def test_the_list_finds_and_filters(admin):
    one, other = a_client(), a_client()
    waiting = a_credential(one.entity_id, ["orders:read"], label="waiting")
    ApiCredential.objects.get(pk=other.credential.credential_id).mark_revoked(
        at=ApiCredential.objects.first().updated_at
    )
    page = said(admin.get("/ops/credentials"))
    assert "waiting" in page and "No secret" in page and "everywhere" in page
    assert "waiting" not in said(admin.get("/ops/credentials?status=REVOKED"))
    found = said(fragment(admin, "/ops/credentials?text=waiting"))
    assert f"/ops/credentials/{waiting}" in found and "<html" not in found
    assert "No credentials match" in said(admin.get("/ops/credentials?text=nothing-of-the-kind"))


@pytest.mark.parametrize("role", ["DESK", "OPERATIONS", "SUPERVISOR", "VIEWER"])
def test_others_find_no_such_page(role):
    browser, mine = signed_in(a_person(role=role)), a_client().credential.credential_id
    for path in ("/ops/credentials", "/ops/credentials/new", f"/ops/credentials/{mine}"):
        assert browser.get(path).status_code == 404, path
    for path in (f"/ops/credentials/{mine}/secret", f"/ops/credentials/{mine}/revoke"):
        assert browser.post(path, {"reason": "x"}).status_code == 404, path
    assert ApiCredential.objects.get(pk=mine).status == "ACTIVE"


def test_who_reads_neither_asks_nor_shows_nor_revokes():
    browser, mine = signed_in(a_person(role="AUDITOR")), a_client().credential.credential_id
    page = said(browser.get(f"/ops/credentials/{mine}"))
    assert "Record" in page and "accounts.credential.create" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert browser.get("/ops/credentials/new").status_code == 404
    assert browser.post(f"/ops/credentials/{mine}/secret").status_code == 404
