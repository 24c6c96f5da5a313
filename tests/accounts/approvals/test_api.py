"""GET /v1/approvals, GET and DELETE /v1/approvals/{id}, and the firm's markets: programs ask, follow and take back."""

import json
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import ApiCredential, ApprovalRequest
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.create_organisation import create_organisation
from config.management.commands.verify import INVARIANTS
from core import clock
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM, Actor
from core.queries.verifying import verify_all
from tests.four_eyes import a_person_with, approve, decide
from tests.people import Person, a_client, problem
from tests.world import World
from trading.models import Instruction
from trading.operations.change_phase import PhaseWish, change_phase

pytestmark = pytest.mark.django_db
SCOPES = ("approvals:read", "approvals:write", "firm:desk")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def firm(world: World) -> Person:
    """A program of the firm itself."""
    organisation_id = create_organisation(name="The house", kind="FIRM", at=clock.now())
    return a_client(scopes=SCOPES, organisation_id=organisation_id, is_known=False)


def put(person: Person, path: str, **body: str) -> Any:
    return person.api.request("PUT", f"/firm/markets{path}", json.dumps(body).encode())


def ask(firm: Person) -> dict[str, Any]:
    answer = put(firm, "/BTC-USD/reference-price", price="60000.00", reason="Opening")
    assert answer.status_code == 202, answer.content
    return json.loads(answer.content)


def test_a_reference_price_waits_for_people_and_says_where_to_follow_it(firm: Person) -> None:
    answer = put(firm, "/BTC-USD/reference-price", price="60000.00", reason="Opening")
    body = json.loads(answer.content)
    assert answer.status_code == 202
    assert answer["Location"] == f"/v1/approvals/{body['id']}"
    assert answer["ETag"] == '"1"'
    assert (body["action"], body["status"]) == ("REFERENCE_PRICE", "PENDING")
    assert body["approvals"] == {"given": 0, "required": 1}
    assert body["payload"]["price"] == "60000.00"
    assert body["result"] is None
    assert Instruction.objects.count() == 0

    approve(body["id"])
    followed = json.loads(firm.api.get(f"/approvals/{body['id']}").content)
    assert (followed["status"], followed["approvals"]) == ("EXECUTED", {"given": 1, "required": 1})
    assert followed["result"] == {"instruction_id": str(Instruction.objects.get().pk)}
    assert list(followed) == list(body)


def test_the_safe_phases_hold_at_once_and_open_waits(firm: Person) -> None:
    told = put(firm, "/BTC-USD/phase", phase="HALTED", reason="Odd prices")
    assert told.status_code == 200
    assert json.loads(told.content) == {"market": "BTC-USD", "instruction_id": Instruction.objects.get().pk}
    problem(put(firm, "/BTC-USD/phase", phase="OPEN", reason="All well"), 422, "PHASE_NOT_ALLOWED")
    waiting = put(firm, "/BTC-USD/phase", phase="POST_ONLY", reason="All well")
    assert waiting.status_code == 202
    again = problem(put(firm, "/BTC-USD/phase", phase="AUCTION", reason="All well"), 409, "APPROVAL_ALREADY_PENDING")
    assert again["meta"] == {"approval_id": json.loads(waiting.content)["id"]}


def test_who_acted_is_known_to_the_check_of_authors(firm: Person, world: World) -> None:
    """A program of the firm, a person and the house itself; a client's program has no part in it."""
    put(firm, "/BTC-USD/phase", phase="HALTED", reason="Odd prices")
    change_phase(market_id=world.market_id, wish=PhaseWish("HALTED", "By the house"), actor=SYSTEM, at=clock.now())
    assert breaches_of_authors() == []
    Instruction.objects.update(actor_id=a_client().credential.credential_id)
    assert breaches_of_authors() != []


def breaches_of_authors() -> list[Any]:
    verdicts = verify_all([each for each in INVARIANTS if each.number == "V20"], at=clock.now())
    return [each.error or each.examples for each in verdicts if each.count or each.error]


def test_what_makes_no_sense_is_refused_at_the_door(firm: Person) -> None:
    problem(put(firm, "/BTC-USD/phase", phase="LUNCH", reason="x"), 400, "REQUEST_INVALID")
    problem(put(firm, "/BTC-USD/phase", phase="HALTED"), 400, "REQUEST_INVALID")
    problem(put(firm, "/NO-NE/phase", phase="HALTED", reason="x"), 404, "NOT_FOUND")
    problem(put(firm, "/BTC-USD/reference-price", price="60000.25", reason="x"), 422, "PRICE_OFF_TICK")


def test_a_client_has_no_part_in_it_whatever_its_scopes(world: World) -> None:
    client = a_client(scopes=("orders:read",))
    problem(put(client, "/BTC-USD/phase", phase="HALTED", reason="x"), 403, "SCOPE_MISSING")
    problem(client.api.get("/approvals"), 403, "SCOPE_MISSING")


def test_the_list_has_the_entitys_own_and_no_other(firm: Person) -> None:
    own = ask(firm)
    other = a_client(scopes=("approvals:read", "approvals:write"))
    assert [each["id"] for each in json.loads(firm.api.get("/approvals").content)["items"]] == [own["id"]]
    assert json.loads(other.api.get("/approvals").content)["items"] == []
    assert json.loads(firm.api.get("/approvals?status=EXECUTED").content)["items"] == []
    problem(other.api.get(f"/approvals/{own['id']}"), 404, "NOT_FOUND")
    problem(other.api.delete(f"/approvals/{own['id']}"), 404, "NOT_FOUND")
    problem(firm.api.get(f"/approvals/{uuid4()}"), 404, "NOT_FOUND")


def test_what_was_asked_for_is_taken_back_once(firm: Person) -> None:
    own = ask(firm)
    answer = firm.api.delete(f"/approvals/{own['id']}")
    assert (answer.status_code, json.loads(answer.content)["status"]) == (200, "CANCELLED")
    problem(firm.api.delete(f"/approvals/{own['id']}"), 409, "APPROVAL_ALREADY_DECIDED")


def test_another_program_of_the_entity_takes_it_back_and_an_unknown_one_does_not(firm: Person) -> None:
    """A key that is rotated away; and one that nobody has, which is of no entity at all."""
    own = ApprovalRequest.objects.get(pk=ask(firm)["id"])
    stranger = a_client(scopes=("approvals:write",))
    for credential_id in (uuid4(), stranger.credential.credential_id):
        with pytest.raises(Refusal, match="APPROVAL_IS_OF_ANOTHER"):
            cancel_approval(approval_id=own.pk, actor=Actor("CREDENTIAL", credential_id), at=clock.now())
    rotated = ApiCredential.objects.get(pk=own.requested_by_id)
    rotated.pk, rotated.client_id = new_id(), "rotated"
    rotated.save(force_insert=True)
    cancel_approval(approval_id=own.pk, actor=Actor("CREDENTIAL", rotated.pk), at=clock.now())
    own.refresh_from_db()
    assert own.status == "CANCELLED"


def test_a_rejection_is_told_without_naming_anybody(firm: Person) -> None:
    own = ask(firm)
    person = a_person_with("market.approve", "Rita Rejects")
    decide(ApprovalRequest.objects.get(pk=own["id"]).pk, person, "REJECT", note="Not now")
    body = firm.api.get(f"/approvals/{own['id']}").content.decode()
    assert '"status":"REJECTED"' in body
    assert "Rita" not in body
    assert str(person.pk) not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_no_program_decides(firm: Person, method: str) -> None:
    own = ask(firm)
    for path in (f"/approvals/{own['id']}", "/approvals"):
        problem(firm.api.request(method, path, b"{}"), 405, "METHOD_NOT_ALLOWED")
    problem(firm.api.request(method, "/firm/approvals", b"{}"), 404, "NOT_FOUND")
