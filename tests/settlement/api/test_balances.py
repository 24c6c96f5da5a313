"""GET /v1/profiles/{id}/balances"""

import json

import pytest

from core.ids import new_id
from tests.people import Api, a_client, problem

pytestmark = pytest.mark.django_db


def items(desk, query=""):
    answer = desk.api.get(f"/profiles/{desk.profile_id}/balances{query}")
    assert answer.status_code == 200, answer.content
    return {item["asset"]: item for item in json.loads(answer.content)["items"]}


def test_a_balance_is_what_is_there_and_what_is_held(world, ann):
    ann.api.post("/orders", ann.body())
    assert items(ann)["USD"] == {
        "asset": "USD",
        "balance": "100000.000000",
        "held": "30060.000000",
        "available": "69940.000000",
        "held_by": {"orders": "30060.000000", "withdrawals": "0.000000", "obligations": "0.000000"},
        "under_review": "0.000000",
        "to_receive": "0.000000",
        "to_deliver": "0.000000",
    }
    assert items(ann)["BTC"]["available"] == "5.00000000"
    assert list(items(ann, "?asset=BTC")) == ["BTC"]
    assert items(ann, "?asset=ETH") == {}


def test_a_fill_moves_both_sides_to_the_last_digit(world, ann, bob):
    ann.api.post("/orders", ann.body())
    bob.api.post("/orders", bob.body(side="SELL"))
    world.match()
    assert (items(ann)["USD"]["balance"], items(ann)["USD"]["held"]) == ("69970.000000", "0.000000")
    assert items(ann)["BTC"]["balance"] == "5.50000000"
    assert items(bob)["USD"]["balance"] == "129940.000000"
    assert items(bob)["BTC"]["balance"] == "4.50000000"


def test_anothers_balances_are_as_missing_ones(world, ann, bob):
    foreign = problem(bob.api.get(f"/profiles/{ann.profile_id}/balances"), 404, "NOT_FOUND")
    missing = problem(bob.api.get(f"/profiles/{new_id()}/balances"), 404, "NOT_FOUND")
    del foreign["request_id"], missing["request_id"]
    assert foreign == missing
    problem(Api(None).get(f"/profiles/{ann.profile_id}/balances"), 401, "TOKEN_MISSING")


def test_the_scope_is_needed():
    person = a_client(scopes=("orders:read",))
    body = problem(person.api.get(f"/profiles/{person.profile_id}/balances"), 403, "SCOPE_MISSING")
    assert body["meta"] == {"scope": "profiles:read"}
    problem(person.api.get(f"/profiles/{person.profile_id}/postings"), 403, "SCOPE_MISSING")
