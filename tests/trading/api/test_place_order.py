"""POST /v1/orders"""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.clock import now
from tests.people import problem
from trading.models import Instruction, Order

pytestmark = pytest.mark.django_db

ORDER_FIELDS = [
    "id",
    "client_order_id",
    "profile_id",
    "market",
    "side",
    "type",
    "time_in_force",
    "status",
    "done_reason",
    "base_amount",
    "quote_amount",
    "limit_price",
    "stop_price",
    "protection_price",
    "display_amount",
    "expires_at",
    "self_trade_prevention",
    "filled_base_amount",
    "filled_quote_amount",
    "average_price",
    "remaining_base_amount",
    "prevented_base_amount",
    "lapsed_base_amount",
    "busted_base_amount",
    "fee_amount",
    "fee_asset",
    "maker_rate",
    "taker_rate",
    "held_amount",
    "held_asset",
    "pending_instruction",
    "last_sequence",
    "metadata",
    "version",
    "created_at",
    "updated_at",
    "closed_at",
]


def placed(answer, status=201):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    return json.loads(answer.content)


def test_a_limit_order_is_answered_after_it_is_stored(world, ann):
    answer = ann.api.post("/orders", ann.body(metadata={"desk": "Zürich"}))
    order = placed(answer)
    assert list(order) == ORDER_FIELDS
    stored = Order.objects.get()
    assert order["id"] == str(stored.id)
    assert (order["status"], order["time_in_force"]) == ("PENDING", "GTC")
    # Full scale: amounts at the asset's, prices at the market's.
    assert (order["base_amount"], order["limit_price"]) == ("0.50000000", "60000.00")
    assert (order["filled_quote_amount"], order["fee_amount"], order["maker_rate"]) == (
        "0.000000",
        "0.000000",
        "0.001000",
    )
    # 30,000.00 and the taker's fee on it.
    assert (order["held_amount"], order["held_asset"]) == ("30060.000000", "USD")
    assert order["metadata"] == {"desk": "Zürich"}
    assert answer["Location"] == f"/v1/orders/{order['id']}"
    assert answer["ETag"] == '"1"'
    assert "Idempotent-Replayed" not in answer
    assert Instruction.objects.get(order=stored).status == "PENDING"
    assert world.balance(ann.client, "USD")[1] == Decimal("30060")


def test_the_answer_is_what_reading_the_order_answers(world, ann):
    order = placed(ann.api.post("/orders", ann.body()))
    assert json.loads(ann.api.get(f"/orders/{order['id']}").content) == order


def test_a_market_order_is_ioc_and_bounded(world, ann, bob):
    world.set_reference("60000.00")
    order = placed(ann.api.post("/orders", ann.body(type="MARKET", limit_price=None)))
    assert (order["time_in_force"], order["limit_price"], order["protection_price"]) == ("IOC", None, "61200.00")


@pytest.mark.parametrize(
    "terms",
    [
        {"type": "POST_ONLY_LIMIT"},
        {"time_in_force": "FOK"},
        {"time_in_force": "GTT", "expires_at": "2999-01-01T00:00:00.000000Z"},
        {"type": "ICEBERG", "display_amount": "0.10000000"},
        {"self_trade_prevention": "CANCEL_OLDEST"},
    ],
)
def test_terms_of_its_own_are_answered_as_they_are_read(ann, terms):
    if "expires_at" in terms:
        terms |= {"expires_at": (now() + timedelta(days=1)).isoformat(timespec="microseconds").replace("+00:00", "Z")}
    order = placed(ann.api.post("/orders", ann.body(**terms)))
    assert {name: order[name] for name in terms} == terms
    assert json.loads(ann.api.get(f"/orders/{order['id']}").content) == order
    placed(ann.api.post("/orders", ann.body(**terms)), 200)


@pytest.mark.parametrize(("days", "code"), [(0, "EXPIRY_TOO_SOON"), (367, "EXPIRY_TOO_FAR")])
def test_an_expiry_is_soon_enough_and_not_too_soon(ann, days, code):
    ends = (now() + timedelta(days=days)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    body = problem(ann.api.post("/orders", ann.body(time_in_force="GTT", expires_at=ends)), 422, code)
    assert set(body["meta"]) == {"limit"}


def test_the_same_body_again_is_the_stored_order_as_it_stands_now(world, ann, bob):
    first = placed(ann.api.post("/orders", ann.body()))
    bob.api.post("/orders", bob.body(side="SELL"))
    world.match()
    again = ann.api.post("/orders", ann.body())
    order = placed(again, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert (order["id"], order["status"], order["average_price"]) == (first["id"], "FILLED", "60000.00")
    assert Order.objects.filter(profile_id=ann.profile_id).count() == 1


def test_the_same_terms_spelled_otherwise_are_the_same_body(world, ann):
    placed(ann.api.post("/orders", ann.body()))
    body = ann.body(
        base_amount="0.50", limit_price="60000", time_in_force="GTC", self_trade_prevention="CANCEL_NEWEST", metadata={}
    )
    placed(ann.api.post("/orders", body), 200)


def test_two_profiles_may_use_the_same_client_order_id(world, ann, bob):
    placed(ann.api.post("/orders", ann.body()))
    placed(bob.api.post("/orders", bob.body()))


def test_placing_costs_two_statements_and_its_token(world, ann):
    placed(ann.api.post("/orders", ann.body("warm")))
    statements = []
    with connection.execute_wrapper(
        lambda execute, sql, params, many, context: statements.append(sql) or execute(sql, params, many, context)
    ):
        placed(ann.api.post("/orders", ann.body("o-2", base_amount="0.1")))
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 3, statements
