"""POST and GET /v1/firm/journals, GET /v1/firm/journals/{id}, POST .../submit and .../reverse"""

import itertools
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse

from accounts.models import ApprovalRequest
from core import clock
from settlement.models import LedgerAccount, ManualJournal
from settlement.operations.open_firm_account import open_firm_account
from tests.accounts.api.asking import the_firm
from tests.four_eyes import approve
from tests.people import Api, a_client, problem
from tests.world import World

pytestmark = pytest.mark.django_db
_keys = itertools.count(1)


@pytest.fixture
def world() -> World:
    made = World()
    made.client("Alder", USD="50000.00")
    return made


@pytest.fixture
def firm(world: World) -> Api:
    return the_firm("firm:ledger")


def accounts(world: World) -> tuple[UUID, UUID]:
    """A client's account and the firm's own."""
    own = open_firm_account(
        kind="HOUSE", asset_id=world.usd.pk, asset_code="USD", label="", name="The firm's own", at=clock.now()
    )
    return LedgerAccount.objects.get(kind="CLIENT", asset=world.usd).pk, own


def body(source: UUID, destination: UUID, amount: str = "12.00", **fields: Any) -> dict[str, Any]:
    line = {"source_id": str(source), "destination_id": str(destination), "amount": amount}
    return {"category": "CORRECTION", "reason": "Booked twice.", "lines": [line]} | fields


def send(api: Api, path: str, value: Any = None) -> HttpResponse:
    key = {"HTTP_IDEMPOTENCY_KEY": f"key-{next(_keys)}"}
    return api.request("POST", path, **key) if value is None else api.post(path, value, **key)


def test_drafted_submitted_approved_and_taken_back(world: World, firm: Api) -> None:
    client, own = accounts(world)
    answer = send(firm, "/firm/journals", body(client, own, attachments=["a" * 64]))
    assert answer.status_code == 201, answer.content
    draft = answer.json()
    assert (draft["status"], draft["value"], draft["attachments"]) == ("DRAFT", None, ["a" * 64])
    assert [(line["number"], line["amount"], line["destination_code"]) for line in draft["lines"]] == [
        (1, "12.000000", "HOUSE:USD")
    ]
    asked = send(firm, f"/firm/journals/{draft['id']}/submit")
    assert asked.status_code == 202, asked.content
    assert asked["Location"] == f"/v1/approvals/{asked.json()['id']}"
    assert (asked.json()["action"], asked.json()["subject_id"]) == ("MANUAL_JOURNAL", draft["id"])
    problem(send(firm, f"/firm/journals/{draft['id']}/submit"), 409, "STATE_CHANGED")
    approve(UUID(asked.json()["id"]))
    shown = firm.get(f"/firm/journals/{draft['id']}").json()
    assert (shown["status"], shown["value"]) == ("POSTED", "12.00")
    assert LedgerAccount.objects.get(pk=own).balance == Decimal(12)
    back = send(firm, f"/firm/journals/{draft['id']}/reverse", {"reason": "It was not."})
    assert back.status_code == 202, back.content
    approve(UUID(back.json()["id"]))
    assert firm.get(f"/firm/journals/{draft['id']}").json()["status"] == "REVERSED"
    mirror, original = firm.get("/firm/journals").json()["items"]
    assert (mirror["reverses_id"], original["id"], "lines" in mirror) == (draft["id"], draft["id"], False)
    assert LedgerAccount.objects.get(pk=own).balance == 0


def test_a_program_asks_and_never_posts(world: World, firm: Api) -> None:
    client, own = accounts(world)
    draft = send(firm, "/firm/journals", body(client, own, "0.01")).json()
    asked = send(firm, f"/firm/journals/{draft['id']}/submit").json()
    assert ApprovalRequest.objects.get(pk=asked["id"]).approvals_required == 1
    assert ManualJournal.objects.get(pk=draft["id"]).status == "SUBMITTED"
    problem(send(firm, f"/firm/journals/{draft['id']}/reverse", {"reason": "x"}), 409, "STATE_CHANGED")


def test_what_makes_no_sense_is_refused(world: World, firm: Api) -> None:
    client, own = accounts(world)
    path = "/firm/journals"
    problem(send(firm, path, body(client, uuid4())), 404, "NOT_FOUND")
    problem(send(firm, path, body(own, own)), 422, "JOURNAL_LINES_INVALID")
    problem(send(firm, path, body(client, world.omnibus["BTC"])), 422, "ASSETS_DIFFER")
    problem(send(firm, path, body(client, own, "0.0000001")), 422, "SCALE_EXCEEDED")
    for fields in ({"category": "MOOD"}, {"reason": ""}, {"lines": []}, {"lines": "x"}, {"attachments": [1]}):
        problem(send(firm, path, body(client, own, **fields)), 400, "REQUEST_INVALID")
    problem(send(firm, path, body(client, own, attachments=["abc"])), 422, "ATTACHMENT_INVALID")
    draft = send(firm, path, body(client, own, "60000.00")).json()
    problem(send(firm, f"{path}/{draft['id']}/submit"), 422, "INSUFFICIENT_AVAILABLE")
    for answer in (
        firm.get(f"{path}/{uuid4()}"),
        send(firm, f"{path}/{uuid4()}/submit"),
        send(firm, f"{path}/{uuid4()}/reverse", {"reason": "x"}),
    ):
        problem(answer, 404, "NOT_FOUND")


def test_it_is_for_the_firms_own_programs(world: World) -> None:
    client, own = accounts(world)
    stranger = a_client(scopes=("profiles:read",))
    problem(stranger.api.get("/firm/journals"), 403, "SCOPE_MISSING")
    problem(send(stranger.api, "/firm/journals", body(client, own)), 403, "SCOPE_MISSING")
