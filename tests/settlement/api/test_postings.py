"""GET /v1/profiles/{id}/postings"""

import json
from decimal import Decimal

import pytest
import time_machine

from core import clock
from core.ids import new_id
from tests.people import problem

pytestmark = pytest.mark.django_db

FIELDS = [
    "id",
    "entry_id",
    "kind",
    "direction",
    "asset",
    "amount",
    "source_type",
    "source_id",
    "event_at",
    "recorded_at",
    "business_date",
    "corrects_id",
]


def page(desk, query=""):
    answer = desk.api.get(f"/profiles/{desk.profile_id}/postings{query}")
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


@pytest.fixture
def traded(world, ann, bob):
    ann.api.post("/orders", ann.body())
    bob.api.post("/orders", bob.body(side="SELL"))
    world.match()


def test_what_came_in_and_went_out(traded, ann):
    postings = page(ann)["items"]
    assert list(postings[0]) == FIELDS
    facts = sorted((item["kind"], item["direction"], item["asset"], item["amount"]) for item in postings)
    assert facts == [
        ("DEPOSIT", "CREDIT", "BTC", "5.00000000"),
        ("DEPOSIT", "CREDIT", "USD", "100000.000000"),
        ("TRADE", "CREDIT", "BTC", "0.50000000"),
        ("TRADE", "DEBIT", "USD", "30.000000"),
        ("TRADE", "DEBIT", "USD", "30000.000000"),
    ]
    ids = [item["id"] for item in postings]
    assert ids == sorted(ids, reverse=True)


def test_the_postings_add_up_to_the_balance(traded, ann, bob, world):
    for desk in (ann, bob):
        for asset in ("USD", "BTC"):
            total = sum(
                Decimal(item["amount"]) * (1 if item["direction"] == "CREDIT" else -1)
                for item in page(desk, f"?asset={asset}")["items"]
            )
            assert total == world.balance(desk.client, asset)[0]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_join_without_gap_or_overlap(traded, ann, order):
    with time_machine.travel(clock.now().timestamp() + 4, tick=False):
        whole = page(ann, f"?order={order}")["items"]
        assert len(whole) == 5
        for limit in (1, 2):
            seen, cursor = [], ""
            while True:
                part = page(ann, f"?order={order}&limit={limit}{cursor}")
                seen += part["items"]
                if part["next_cursor"] is None:
                    break
                cursor = f"&cursor={part['next_cursor']}"
            assert seen == whole


def test_an_ascending_page_stops_before_the_present(traded, ann):
    assert page(ann, "?order=ASC")["items"] == []


def test_anothers_postings_are_as_missing_ones(traded, ann, bob):
    foreign = problem(bob.api.get(f"/profiles/{ann.profile_id}/postings"), 404, "NOT_FOUND")
    missing = problem(bob.api.get(f"/profiles/{new_id()}/postings"), 404, "NOT_FOUND")
    del foreign["request_id"], missing["request_id"]
    assert foreign == missing
    # A cursor of another's list does not open it either.
    cursor = page(ann, "?limit=1")["next_cursor"]
    problem(bob.api.get(f"/profiles/{bob.profile_id}/postings?cursor={cursor}"), 400, "CURSOR_INVALID")


def test_a_page_is_one_statement_beside_the_gate_and_the_token(traded, ann, django_assert_num_queries):
    page(ann)
    with django_assert_num_queries(3):
        page(ann)
