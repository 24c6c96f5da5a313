"""The audit as a program of the firm reads it: filtered, in pages, each entry with its seal; nobody else's program does."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import ApiCredential
from accounts.operations.create_organisation import create_organisation
from accounts.operations.issue_token import issue_token
from core.clock import now
from core.ids import new_id
from core.models import AuditEntry, SealedRecord
from core.operations.record_audit import SYSTEM, Actor, record_audit
from tests.compliance.reporting import seal
from tests.people import Api, a_client, problem

pytestmark = pytest.mark.django_db
LIST = "/firm/audit-entries"


@pytest.fixture
def firm() -> Api:
    house = create_organisation(name="The house", kind="FIRM", at=now())
    return a_client(scopes=("firm:audit",), organisation_id=house).api


def an_entry(
    action: str = "trading.market.open", *, actor: Actor = SYSTEM, object_id: UUID | None = None
) -> AuditEntry:
    record_audit(
        actor=actor,
        action=action,
        object_type="trading.market",
        object_id=object_id or new_id(),
        at=now(),
        changes=[{"field": "phase", "before": None, "after": "OPEN"}],
        reason="Tests",
        object_version=1,
    )
    return AuditEntry.objects.latest("pk")


def test_each_entry_comes_with_its_seal(firm: Api) -> None:
    sealed = an_entry()
    seal()
    waiting = an_entry()
    items = firm.get(f"{LIST}?action=trading.market.open").json()["items"]
    assert [item["id"] for item in items] == [str(waiting.pk), str(sealed.pk)]
    assert items[0]["seal"] is None
    kept = SealedRecord.objects.get(object_id=sealed.pk)
    assert items[1]["seal"]["seal_seq"] == kept.seal_seq
    assert items[1]["seal"]["leaf_hash"] == kept.leaf_hash
    assert items[1]["changes"] == [{"field": "phase", "before": None, "after": "OPEN"}]
    assert (items[1]["actor_kind"], items[1]["actor_id"], items[1]["object_version"]) == ("SYSTEM", None, 1)


def test_each_filter_finds_its_own(firm: Api) -> None:
    person, thing = new_id(), new_id()
    one = an_entry("trading.order.cancel", actor=Actor("PERSON", person, request_id="req-1"))
    two = an_entry(object_id=thing)
    for query, entry in (
        ("action=trading.order.cancel", one),
        (f"actor_id={person}", one),
        ("actor_kind=PERSON&request_id=req-1", one),
        ("request_id=req-1", one),
        (f"object_id={thing}", two),
        (f"id={two.pk}", two),
    ):
        items = firm.get(f"{LIST}?{query}").json()["items"]
        assert [item["id"] for item in items] == [str(entry.pk)], query
    later = (now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert firm.get(f"{LIST}?recorded_at.gte={later}").json()["items"] == []
    assert len(firm.get(f"{LIST}?recorded_at.lt={later}&object_type=trading.market").json()["items"]) == 2


def test_what_is_no_filter_is_refused(firm: Api) -> None:
    for query in (
        "reason=x",
        "actor_kind=GHOST",
        "recorded_at.gte=yesterday",
        "recorded_at.gte=9999-01-01T00:00:00Z",
        "id=1",
    ):
        problem(firm.get(f"{LIST}?{query}"), 400, "FILTER_INVALID")


def test_pages_go_on_without_a_gap(firm: Api) -> None:
    entries = [an_entry() for _ in range(5)]
    first = firm.get(f"{LIST}?action=trading.market.open&limit=3").json()
    second = firm.get(f"{LIST}?action=trading.market.open&limit=3&cursor={first['next_cursor']}").json()
    found = [item["id"] for page in (first, second) for item in page["items"]]
    assert found == [str(entry.pk) for entry in reversed(entries)]
    assert second["next_cursor"] is None


def test_a_client_s_program_does_not_get_in(firm: Api) -> None:
    client = a_client()
    problem(client.api.get(LIST), 403, "SCOPE_MISSING")
    problem(Api(None).get(LIST), 401, "TOKEN_MISSING")
    # Given the scope around the operations, a client's credential opens nothing either.
    ApiCredential.objects.filter(pk=client.credential.credential_id).update(scopes=["firm:audit"])
    token = issue_token(credential_id=client.credential.credential_id, scopes=("firm:audit",), at=now()).access_token
    problem(Api(token).get(LIST), 403, "SCOPE_MISSING")
