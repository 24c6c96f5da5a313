"""GET /v1/executions and /v1/executions/{id}"""

import json

import pytest
import time_machine

from accounts.models import Profile
from accounts.operations.create_profile import create_profile
from core import clock
from core.ids import new_id
from tests.identities import hold
from tests.people import problem
from tests.trading.api.conftest import Desk
from tests.world import Client

pytestmark = pytest.mark.django_db

FIELDS = [
    "id",
    "trade_id",
    "order_id",
    "client_order_id",
    "profile_id",
    "market",
    "side",
    "price",
    "base_amount",
    "quote_amount",
    "fee_amount",
    "fee_asset",
    "liquidity",
    "sequence",
    "status",
    "corrects_id",
    "settlement_date",
    "traded_at",
]


def read(answer):
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def items(desk, query=""):
    return read(desk.api.get(f"/executions{query}"))["items"]


@pytest.fixture
def trades(world, ann, bob):
    """Three trades of 0.1: ann buys from bob twice, then sells to him."""
    trade_thrice(world, ann, bob)


def trade_thrice(world, ann, bob):
    for number, side in enumerate(("BUY", "BUY", "SELL")):
        ann.api.post("/orders", ann.body(f"a-{number}", side=side, base_amount="0.1"))
        bob.api.post("/orders", bob.body(f"b-{number}", side="SELL" if side == "BUY" else "BUY", base_amount="0.1"))
        world.match()


def test_each_side_sees_its_own_half_of_a_trade(trades, ann, bob):
    mine, theirs = items(ann)[-1], items(bob)[-1]
    assert list(mine) == FIELDS
    assert mine["id"] == f"{mine['trade_id']}:BUY"
    assert theirs["id"] == f"{mine['trade_id']}:SELL"
    assert (mine["liquidity"], theirs["liquidity"]) == ("MAKER", "TAKER")
    assert (mine["fee_amount"], theirs["fee_amount"]) == ("6.000000", "12.000000")
    assert (mine["price"], mine["base_amount"], mine["quote_amount"]) == ("60000.00", "0.10000000", "6000.000000")
    assert (mine["client_order_id"], theirs["client_order_id"]) == ("a-0", "b-0")
    assert (mine["status"], mine["corrects_id"]) == ("SETTLED", None)
    # Nobody learns whom they traded with.
    text = json.dumps(items(ann))
    assert str(bob.profile_id) not in text and "b-0" not in text


def test_one_execution(trades, ann, bob):
    mine = items(ann)[0]
    assert read(ann.api.get(f"/executions/{mine['id']}")) == mine
    other_side = "BUY" if mine["side"] == "SELL" else "SELL"
    foreign = problem(ann.api.get(f"/executions/{mine['trade_id']}:{other_side}"), 404, "NOT_FOUND")
    missing = problem(ann.api.get(f"/executions/{new_id()}:BUY"), 404, "NOT_FOUND")
    del foreign["request_id"], missing["request_id"]
    assert foreign == missing
    for strange in (mine["trade_id"], f"{mine['trade_id']}:buy", "abc:BUY", f"{mine['trade_id']}:BUY:SELL"):
        problem(ann.api.get(f"/executions/{strange}"), 404, "NOT_FOUND")


def test_filters(trades, ann, bob):
    assert [item["client_order_id"] for item in items(ann)] == ["a-2", "a-1", "a-0"]
    first = items(ann)[-1]
    assert items(ann, f"?order_id={first['order_id']}") == [first]
    assert len(items(ann, "?market=BTC-USD&status=SETTLED")) == 3
    assert items(ann, "?market=DOGE-USD") == items(ann, "?status=BUSTED") == []
    assert len(items(ann, f"?profile_id={ann.profile_id}")) == 3
    assert items(ann, f"?profile_id={bob.profile_id}") == []
    theirs = items(bob)[0]["order_id"]
    assert items(ann, f"?order_id={theirs}") == []
    problem(ann.api.get("/executions?status=NEW"), 400, "FILTER_INVALID")


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_join_also_where_both_sides_are_ones_own(world, ann, order):
    # Both halves of a trade belong to one entity when it has profiles in different self-trade groups.
    entity_id = ann.client.entity_id
    second = create_profile(entity_id=entity_id, name="Second", reference="b", at=clock.now())
    hold(second, at=clock.now())
    Profile.objects.filter(id=second).update(self_trade_group=second)
    other = Desk(Client(entity_id, second, ann.client.credential), ann.api)
    for code, amount in (("USD", "100000.00"), ("BTC", "5")):
        world.deposit(other.client, code, amount)
    trade_thrice(world, ann, other)
    with time_machine.travel(clock.now().timestamp() + 4, tick=False):
        whole = items(ann, f"?order={order}")
        assert len({item["id"] for item in whole}) == 6
        for limit in (1, 2, 4):
            seen, cursor = [], ""
            while True:
                page = read(ann.api.get(f"/executions?order={order}&limit={limit}{cursor}"))
                seen += page["items"]
                if page["next_cursor"] is None:
                    break
                cursor = f"&cursor={page['next_cursor']}"
            assert seen == whole


def test_a_list_costs_three_statements_and_its_token_however_long(trades, ann, django_assert_num_queries):
    items(ann)
    for limit in (1, 3):
        with django_assert_num_queries(4):
            assert len(items(ann, f"?limit={limit}")) == limit
