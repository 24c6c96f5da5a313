"""DELETE /v1/orders/{id}"""

import json
from decimal import Decimal

import pytest

from core.ids import new_id
from tests.people import problem
from trading.models import Instruction

pytestmark = pytest.mark.django_db


def read(answer, status):
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def place(desk, client_order_id="o-1", **terms):
    return read(desk.api.post("/orders", desk.body(client_order_id, **terms)), 201)


def test_a_cancel_is_a_wish_until_the_engine_applies_it(world, ann):
    order = place(ann)
    world.match()
    wish = read(ann.api.delete(f"/orders/{order['id']}"), 202)
    assert list(wish) == ["order", "instruction_id"]
    assert (wish["order"]["status"], wish["order"]["pending_instruction"]) == ("OPEN", "CANCEL")
    again = read(ann.api.delete(f"/orders/{order['id']}"), 202)
    assert again == wish
    instruction = Instruction.objects.get(id=wish["instruction_id"])
    assert (instruction.kind, instruction.initiator) == ("CANCEL", "CLIENT")
    assert instruction.actor_id == ann.client.credential.credential_id
    world.match()
    order = read(ann.api.get(f"/orders/{order['id']}"), 200)
    assert (order["status"], order["done_reason"], order["held_amount"]) == (
        "CANCELLED",
        "CLIENT_REQUEST",
        "0.000000",
    )
    assert order["lapsed_base_amount"] == "0.50000000"
    assert world.balance(ann.client, "USD") == (Decimal(100_000), Decimal(0))


def test_a_closed_order_is_not_cancelled(world, ann):
    order = place(ann)
    ann.api.delete(f"/orders/{order['id']}")
    world.match()
    body = problem(ann.api.delete(f"/orders/{order['id']}"), 409, "ORDER_ALREADY_CLOSED")
    assert body["meta"] == {"order_id": order["id"], "status": "CANCELLED"}


def test_anothers_order_is_as_one_that_is_not_there(world, ann, bob):
    order = place(ann)
    foreign = problem(bob.api.delete(f"/orders/{order['id']}"), 404, "NOT_FOUND")
    missing = problem(bob.api.delete(f"/orders/{new_id()}"), 404, "NOT_FOUND")
    del foreign["request_id"], missing["request_id"]
    assert foreign == missing
    assert not Instruction.objects.filter(kind="CANCEL").exists()


def test_a_cancel_takes_no_body(world, ann):
    order = place(ann)
    problem(ann.api.request("DELETE", f"/orders/{order['id']}", b"{}"), 400, "REQUEST_INVALID")
    assert not Instruction.objects.filter(kind="CANCEL").exists()
