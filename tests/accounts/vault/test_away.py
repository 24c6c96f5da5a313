"""The database of keys is away: what needs it says so to clients and staff, and nothing is half done; what does not goes on."""

import pytest

from accounts.models import Identity, VaultRecord
from core import clock
from core.models import AuditEntry, IdempotentRequest, OutboxMessage
from tests.desk import signed_in
from tests.identities import an_identity
from tests.people import a_client, problem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("key_database_away")]

BODY = {"reference": "person", "kind": "PERSON", "country": "SE", "details": {"full_name": "Maren Lindqvist"}}


def counted() -> list[int]:
    return [model.objects.count() for model in (Identity, VaultRecord, AuditEntry, OutboxMessage, IdempotentRequest)]


def test_a_client_is_told_503_and_may_ask_again_under_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    client = a_client(scopes=("identities:read", "identities:write"))
    before = counted()
    problem(client.api.post("/identities", BODY, HTTP_IDEMPOTENCY_KEY="open-1"), 503, "UNAVAILABLE")
    assert counted() == before
    monkeypatch.undo()
    assert client.api.post("/identities", BODY, HTTP_IDEMPOTENCY_KEY="open-1").status_code == 201


def test_a_page_with_details_answers_503_and_the_others_go_on() -> None:
    identity = an_identity(a_client().entity_id, at=clock.now(), kind="PERSON")
    VaultRecord.objects.create(
        subject_id=identity.subject_id, field="email", record_version=1, nonce=b"x" * 12, ciphertext=b"x" * 20,
        recorded_at=clock.now(),
    )  # fmt: skip
    browser = signed_in()
    browser.raise_request_exception = False
    page = browser.get(f"/ops/identities/{identity.pk}")
    assert page.status_code == 503
    assert page["Retry-After"]
    look = browser.post(
        f"/ops/identities/{identity.pk}/reveal", {"fields_asked": ["email"], "reason": "A look for the test"}
    )
    assert look.status_code == 503
    assert browser.get("/ops/blotter").status_code == 200
