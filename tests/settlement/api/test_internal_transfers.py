"""POST and GET /v1/internal-transfers, GET /v1/internal-transfers/{id}, POST /v1/internal-transfers/batch"""

import itertools
import json
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse

from accounts.operations.create_profile import create_profile
from core import clock
from settlement.models import InternalTransfer, LedgerAccount
from tests.four_eyes import approve
from tests.identities import hold
from tests.people import Person, a_client, problem
from tests.world import Client, World

pytestmark = pytest.mark.django_db
SCOPES = ("funding:read", "funding:write", "profiles:read", "approvals:read", "approvals:write")
_keys = itertools.count(1)


@pytest.fixture
def world() -> World:
    return World()


def funded(world: World, amount: str = "50000.00") -> Person:
    person = a_client(scopes=SCOPES)
    world.deposit(Client(person.entity_id, person.profile_id, person.credential), "USD", amount)
    return person


def second_profile(person: Person) -> UUID:
    profile_id = create_profile(entity_id=person.entity_id, name="Second", reference="second", at=clock.now())
    hold(profile_id, at=clock.now())
    return profile_id


def body(
    source: UUID, destination: UUID, amount: str = "5.00", reference: str = "T-1", **fields: str
) -> dict[str, Any]:
    return {
        "from_profile_id": str(source),
        "to_profile_id": str(destination),
        "asset": "USD",
        "amount": amount,
        "client_reference": reference,
    } | fields


def send(person: Person, value: Any, path: str = "", key: str = "") -> HttpResponse:
    key = key or f"key-{next(_keys)}"
    return person.api.post(f"/internal-transfers{path}", value, HTTP_IDEMPOTENCY_KEY=key)


def test_within_the_entity_it_is_done_and_answered(world: World) -> None:
    person = funded(world)
    second = second_profile(person)
    answer = send(person, body(person.profile_id, second, "12.50"))
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert {name: said[name] for name in ("status", "amount", "asset", "client_reference", "value")} == {
        "status": "EXECUTED",
        "amount": "12.500000",
        "asset": "USD",
        "client_reference": "T-1",
        "value": None,
    }
    shown = person.api.get(f"/internal-transfers/{said['id']}")
    assert (shown.status_code, shown.json(), shown["ETag"]) == (200, said, '"1"')
    assert [each["id"] for each in person.api.get("/internal-transfers").json()["items"]] == [said["id"]]
    assert LedgerAccount.objects.get(profile_id=second).balance == Decimal("12.5")


def test_to_another_entity_it_waits_and_is_taken_back_where_one_likes(world: World) -> None:
    person, other = funded(world), funded(world, "1.00")
    answer = send(person, body(person.profile_id, other.profile_id, "1500.00"))
    assert answer.status_code == 202, answer.content
    approval = answer.json()
    assert answer["Location"] == f"/v1/approvals/{approval['id']}"
    (waiting,) = person.api.get("/internal-transfers?status=AWAITING_APPROVAL").json()["items"]
    assert (waiting["id"], waiting["approval_id"], waiting["value"]) == (
        approval["subject_id"],
        approval["id"],
        "1500.00",
    )
    # Who would receive it does not hear of what is only asked for.
    problem(other.api.get(f"/internal-transfers/{waiting['id']}"), 404, "NOT_FOUND")
    assert person.api.delete(f"/approvals/{approval['id']}").status_code == 200
    assert person.api.get(f"/internal-transfers/{waiting['id']}").json()["status"] == "CANCELLED"


def test_once_it_is_there_who_receives_sees_it_without_what_is_not_theirs(world: World) -> None:
    person, other = funded(world), funded(world, "1.00")
    approval = send(person, body(person.profile_id, other.profile_id, "1500.00")).json()
    approve(UUID(approval["id"]))
    (seen,) = other.api.get("/internal-transfers").json()["items"]
    assert (seen["status"], seen["client_reference"], seen["approval_id"], seen["value"]) == (
        "EXECUTED",
        None,
        None,
        None,
    )
    assert person.api.get(f"/internal-transfers/{seen['id']}").json()["client_reference"] == "T-1"
    assert other.api.get("/internal-transfers?client_reference=nobody").json()["items"] == []


def test_the_same_again_is_answered_and_another_refused(world: World) -> None:
    person = funded(world)
    second = second_profile(person)
    first = send(person, body(person.profile_id, second), key="a")
    again = send(person, body(person.profile_id, second), key="a")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    by_reference = send(person, body(person.profile_id, second), key="b")
    assert (by_reference.status_code, by_reference.json()["id"]) == (200, first.json()["id"])
    problem(send(person, body(person.profile_id, second, "6.00"), key="a"), 422, "IDEMPOTENCY_KEY_REUSED")
    told = problem(send(person, body(person.profile_id, second, "6.00"), key="c"), 422, "CLIENT_REFERENCE_REUSED")
    assert told["meta"]["differences"] == [{"pointer": "/amount", "stored": "5", "sent": "6"}]
    assert InternalTransfer.objects.count() == 1
    problem(person.api.post("/internal-transfers", body(person.profile_id, second)), 400, "IDEMPOTENCY_KEY_MISSING")


def test_a_batch_is_all_or_nothing(world: World) -> None:
    person = funded(world)
    second = second_profile(person)
    items = [body(person.profile_id, second, "10.00", f"B-{number}") for number in range(3)]
    answer = send(person, {"items": items}, "/batch")
    assert answer.status_code == 201, answer.content
    assert [each["client_reference"] for each in answer.json()["items"]] == ["B-0", "B-1", "B-2"]
    short = [body(person.profile_id, second, "40000.00", f"C-{number}") for number in range(2)]
    problem(send(person, {"items": short}, "/batch"), 422, "INSUFFICIENT_AVAILABLE")
    assert InternalTransfer.objects.count() == 3
    other = funded(world, "1.00")
    waiting = send(
        person,
        {"items": [body(person.profile_id, other.profile_id, "600.00", f"D-{number}") for number in range(2)]},
        "/batch",
    )
    assert waiting.status_code == 202
    approve(UUID(waiting.json()["id"]))
    assert set(InternalTransfer.objects.filter(client_reference__startswith="D-").values_list("status", flat=True)) == {
        "EXECUTED"
    }


@pytest.mark.parametrize("items", [[], "x", [1], [{}], [{"amount": "1"}], None])
def test_a_batch_of_anything_else_is_refused(world: World, items: Any) -> None:
    person = funded(world)
    told = problem(send(person, {"items": items}, "/batch"), 400, "REQUEST_INVALID")
    assert told["errors"][0]["pointer"] == "/items"


def test_only_from_ones_own_and_only_what_makes_sense(world: World) -> None:
    person, other = funded(world), funded(world)
    problem(send(person, body(other.profile_id, person.profile_id)), 404, "NOT_FOUND")
    problem(send(person, body(person.profile_id, uuid4())), 404, "NOT_FOUND")
    problem(send(person, body(person.profile_id, person.profile_id)), 422, "TRANSFER_GOES_NOWHERE")
    problem(send(person, body(person.profile_id, other.profile_id, asset="XYZ")), 404, "NOT_FOUND")
    problem(send(person, body(person.profile_id, other.profile_id, amount="0.0000001")), 422, "SCALE_EXCEEDED")
    problem(send(person, body(person.profile_id, other.profile_id, amount="1e3")), 400, "REQUEST_INVALID")
    problem(send(person, body(person.profile_id, other.profile_id, status="EXECUTED")), 400, "REQUEST_INVALID")
    problem(send(person, body(person.profile_id, other.profile_id, "0.1", asset="BTC")), 422, "PRICE_MISSING")
    mixed = [body(person.profile_id, other.profile_id), body(other.profile_id, person.profile_id)]
    problem(send(person, {"items": mixed}, "/batch"), 404, "NOT_FOUND")
    assert json.loads(person.api.get("/internal-transfers").content)["items"] == []


def test_it_takes_the_scope(world: World) -> None:
    person = a_client(scopes=("profiles:read",))
    problem(person.api.get("/internal-transfers"), 403, "SCOPE_MISSING")
    problem(send(person, body(person.profile_id, uuid4())), 403, "SCOPE_MISSING")
