"""PATCH /v1/orders/{id} and GET /v1/instructions/{id}"""

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


@pytest.fixture
def order(world, ann):
    placed = read(ann.api.post("/orders", ann.body()), 201)
    world.match()
    return read(ann.api.get(f"/orders/{placed['id']}"), 200)


def test_an_amend_is_a_wish_until_the_engine_applies_it(world, ann, order):
    path = f"/orders/{order['id']}"
    wish = read(ann.api.patch(path, {"base_amount": "0.6"}), 202)
    assert list(wish) == ["order", "instruction_id"]
    shown = wish["order"]
    assert (shown["base_amount"], shown["pending_instruction"]) == ("0.50000000", "AMEND")
    # 30,060 for 0.5 and 6,012 for 0.1 more.
    assert shown["held_amount"] == "36072.000000"
    body = problem(ann.api.patch(path, {"base_amount": "0.6"}), 409, "AMEND_ALREADY_PENDING")
    assert body["meta"] == {"order_id": order["id"], "instruction_id": str(wish["instruction_id"])}
    waiting = read(ann.api.get(f"/instructions/{wish['instruction_id']}"), 200)
    assert (waiting["kind"], waiting["status"], waiting["order_id"]) == ("AMEND", "PENDING", order["id"])
    assert (waiting["position"], waiting["refusal"], waiting["applied_at"]) == (None, None, None)

    world.match()

    shown = read(ann.api.get(path), 200)
    assert (shown["base_amount"], shown["remaining_base_amount"]) == ("0.60000000", "0.60000000")
    assert (shown["pending_instruction"], shown["held_amount"]) == (None, "36072.000000")
    done = read(ann.api.get(f"/instructions/{wish['instruction_id']}"), 200)
    assert (done["status"], done["position"]) == ("APPLIED", 2)
    events = read(ann.api.get(f"{path}/events"), 200)["items"]
    assert [event["kind"] for event in events] == ["ACCEPTED", "RESTED", "AMENDED", "RESTED"][: len(events)]
    assert world.balance(ann.client, "USD") == (Decimal(100_000), Decimal(36_072))


def test_a_wish_to_cancel_is_shown_before_one_to_amend(world, ann, order):
    path = f"/orders/{order['id']}"
    read(ann.api.patch(path, {"limit_price": "61000.00"}), 202)
    assert read(ann.api.delete(path), 202)["order"]["pending_instruction"] == "CANCEL"
    world.match()
    shown = read(ann.api.get(path), 200)
    assert (shown["status"], shown["limit_price"], shown["held_amount"]) == ("CANCELLED", "61000.00", "0.000000")


def test_the_version_may_be_named(world, ann, order):
    path = f"/orders/{order['id']}"
    stale = problem(ann.api.patch(path, {"base_amount": "0.4"}, HTTP_IF_MATCH='"1"'), 412, "PRECONDITION_FAILED")
    assert stale["meta"] == {"version": str(order["version"])}
    assert ann.api.patch(path, {"base_amount": "0.4"}, HTTP_IF_MATCH=f'"{order["version"]}"').status_code == 202


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "", "FIELD_MISSING"),
        ({"stop_price": "1"}, "/stop_price", "TERMS_NOT_ALLOWED"),
        ({"display_amount": "0.1"}, "/display_amount", "TERMS_NOT_ALLOWED"),
        ({"expires_at": "2026-03-03T10:00:00Z"}, "/expires_at", "TERMS_NOT_ALLOWED"),
        ({"base_amount": 1}, "/base_amount", "NUMBER_INVALID"),
        ({"side": "SELL"}, "/side", "UNKNOWN_FIELD"),
        ({"quote_amount": "5"}, "/quote_amount", "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_amended(world, ann, order, body, pointer, code):
    errors = problem(ann.api.patch(f"/orders/{order['id']}", body), 400, "REQUEST_INVALID")["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
    assert not Instruction.objects.filter(kind="AMEND").exists()


def test_a_closed_order_is_not_amended(world, ann, order):
    ann.api.delete(f"/orders/{order['id']}")
    world.match()
    body = problem(ann.api.patch(f"/orders/{order['id']}", {"base_amount": "1"}), 409, "ORDER_ALREADY_CLOSED")
    assert body["meta"] == {"order_id": order["id"], "status": "CANCELLED"}


def test_anothers_order_and_wish_are_as_ones_that_are_not_there(world, ann, bob, order):
    wish = read(ann.api.patch(f"/orders/{order['id']}", {"base_amount": "0.4"}), 202)["instruction_id"]
    foreign = problem(bob.api.patch(f"/orders/{order['id']}", {"base_amount": "0.4"}), 404, "NOT_FOUND")
    missing = problem(bob.api.patch(f"/orders/{new_id()}", {"base_amount": "0.4"}), 404, "NOT_FOUND")
    del foreign["request_id"], missing["request_id"]
    assert foreign == missing
    for number in (wish, 2**40, 2**70):
        problem(bob.api.get(f"/instructions/{number}"), 404, "NOT_FOUND")
