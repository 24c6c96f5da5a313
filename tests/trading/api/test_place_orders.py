"""POST /v1/orders/batch"""

import json

import pytest
from django.test import override_settings

from accounts.domain.rate_limits import parse_limits
from tests.people import problem
from trading.models import Order

pytestmark = pytest.mark.django_db


def items_of(answer):
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["items"]


def test_each_item_has_the_answer_that_it_would_have_had_alone(world, ann, bob):
    alone = problem(ann.api.post("/orders", ann.body("odd", limit_price="60000.25")), 422, "PRICE_OFF_TICK")
    unread = problem(ann.api.post("/orders", ann.body("bad", side="HOLD")), 400, "REQUEST_INVALID")

    items = items_of(
        ann.api.post(
            "/orders/batch",
            {
                "items": [
                    ann.body("a"),
                    ann.body("odd", limit_price="60000.25"),
                    ann.body("bad", side="HOLD"),
                    ann.body("a"),
                    ann.body("a", base_amount="0.6"),
                    bob.body("b"),
                    ann.body("much", base_amount="9"),
                    7,
                ]
            },
        )
    )

    assert [item["status"] for item in items] == [201, 422, 400, 200, 422, 404, 422, 400]
    assert [set(item) - {"status"} for item in items] == [{"order"}, {"problem"}, {"problem"}, {"order"}] + [
        {"problem"}
    ] * 4
    assert items[3]["order"] == items[0]["order"] == ann.api.get(f"/orders/{items[0]['order']['id']}").json()
    for item, other in ((items[1], alone), (items[2], unread)):
        assert {**item["problem"], "request_id": ""} == {**other, "request_id": ""}
    codes = [item["problem"]["code"] for item in items[4:]]
    assert codes == ["CLIENT_ORDER_ID_REUSED", "NOT_FOUND", "INSUFFICIENT_AVAILABLE", "REQUEST_INVALID"]
    assert items[4]["problem"]["meta"]["differences"] == [
        {"pointer": "/base_amount", "stored": "0.50000000", "sent": "0.6"}
    ]
    assert Order.objects.count() == 1


def test_sent_again_nothing_is_placed_twice(world, ann):
    body = {"items": [ann.body(f"o-{number}", base_amount="0.01") for number in range(20)]}
    first, again = items_of(ann.api.post("/orders/batch", body)), items_of(ann.api.post("/orders/batch", body))
    assert [item["status"] for item in first] == [201] * 20
    assert [item["status"] for item in again] == [200] * 20
    assert [item["order"] for item in again] == [item["order"] for item in first]
    assert Order.objects.count() == 20


@pytest.mark.parametrize("items", [[], [{}] * 101, {}, "x", None])
def test_a_batch_is_one_to_a_hundred(world, ann, items):
    refused = problem(ann.api.post("/orders/batch", {"items": items}), 400, "REQUEST_INVALID")
    assert [error["pointer"] for error in refused["errors"]] == ["/items"]


def test_each_item_takes_a_token_and_what_is_too_much_is_refused_whole(world, ann):
    body = {"items": [ann.body(f"o-{number}", base_amount="0.0001") for number in range(4)]}
    with override_settings(RATE_LIMITS=parse_limits("orders=0.001/10,cancels=1/10")):
        answer = ann.api.post("/orders/batch", body)
        assert len(items_of(answer)) == 4
        assert answer["RateLimit"].startswith('"orders";r=6;')
        more = {"items": [ann.body(f"p-{number}", base_amount="0.0001") for number in range(7)]}
        refused = ann.api.post("/orders/batch", more)
        problem(refused, 429, "RATE_LIMITED")
        # It has asked all the same, and what is left is still there.
        assert refused["RateLimit"].startswith('"orders";r=5;')
        assert len(items_of(ann.api.post("/orders/batch", {"items": more["items"][:5]}))) == 5
        # More than the bucket ever holds.
        never = {"items": [ann.body(f"q-{number}", base_amount="0.0001") for number in range(30)]}
        problem(ann.api.post("/orders/batch", never), 429, "RATE_LIMITED")
    assert Order.objects.count() == 9
