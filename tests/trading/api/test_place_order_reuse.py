"""POST /v1/orders with a client_order_id that names another order already."""

import json

import pytest

from tests.people import problem
from trading.models import Instruction, Order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("terms", "pointer", "stored", "sent"),
    [
        ({"base_amount": "0.6"}, "/base_amount", "0.50000000", "0.6"),
        ({"limit_price": "60001"}, "/limit_price", "60000.00", "60001"),
        ({"side": "SELL"}, "/side", "BUY", "SELL"),
        ({"time_in_force": "IOC"}, "/time_in_force", "GTC", "IOC"),
        ({"metadata": {"a": "b"}}, "/metadata", {}, {"a": "b"}),
    ],
)
def test_another_body_is_refused_with_the_difference(world, ann, terms, pointer, stored, sent):
    first = json.loads(ann.api.post("/orders", ann.body()).content)
    held = world.balance(ann.client, "USD")
    body = problem(ann.api.post("/orders", ann.body(**terms)), 422, "CLIENT_ORDER_ID_REUSED")
    assert body["meta"] == {
        "order_id": first["id"],
        "differences": [{"pointer": pointer, "stored": stored, "sent": sent}],
    }
    assert Order.objects.count() == Instruction.objects.count() == 1
    assert world.balance(ann.client, "USD") == held


def test_a_refused_order_leaves_its_id_free(world, ann):
    problem(ann.api.post("/orders", ann.body(base_amount="2")), 422, "INSUFFICIENT_AVAILABLE")
    assert ann.api.post("/orders", ann.body(base_amount="1")).status_code == 201
