"""The page of credentials: who sees it, who asks, what is shown once, and revoking at once."""

import re

import pytest

from accounts.domain.secrets import secret_sha256
from accounts.models import ApiCredential, ApprovalRequest
from core.models import AuditEntry
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


def test_a_secret_is_rotated_and_a_third_is_not_made_by_mistake(admin):
    mine = a_client().credential.credential_id
    assert "opens until" in said(admin.post(f"/ops/credentials/{mine}/secret", {"overlap": "3600"}))
    before = ApiCredential.objects.get(pk=mine)
    refused = admin.post(f"/ops/credentials/{mine}/secret", {"overlap": "86400"}, follow=True)
    assert "Two secrets are alive" in said(refused)
    assert ApiCredential.objects.get(pk=mine).secret_hash == before.secret_hash
    shown = admin.post(f"/ops/credentials/{mine}/secret", {"overlap": "0", "replaces_oldest": "on"})
    assert "opens nothing" in said(shown)
    assert ApiCredential.objects.get(pk=mine).previous_secret_hash is None


def test_a_credential_is_revoked_at_once_with_a_reason(admin):
    mine = a_client().credential.credential_id
    assert "Say why" in said(admin.post(f"/ops/credentials/{mine}/revoke", {"reason": " "}, follow=True))
    assert "Revoked" in said(admin.post(f"/ops/credentials/{mine}/revoke", {"reason": "Leaked"}, follow=True))
    entry = AuditEntry.objects.get(action="accounts.credential.revoke")
    assert (entry.reason, entry.actor_kind, entry.source_ip) == ("Leaked", "PERSON", "127.0.0.1")
    page = said(admin.get(f"/ops/credentials/{mine}"))
    assert "Show a new secret" not in page and "Revoke</button>" not in page


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
