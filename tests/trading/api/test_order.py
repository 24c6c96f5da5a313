"""GET /v1/orders, /v1/orders/{id}, by-client-id and events"""

import json

import pytest

from core.ids import new_id
from tests.people import Api, problem

pytestmark = pytest.mark.django_db

EVENT_FIELDS = [
    "id",
    "market",
    "sequence",
    "instruction_id",
    "kind",
    "order_id",
    "trade_id",
    "initiator",
    "event_at",
    "recorded_at",
    "business_date",
    "before_status",
    "after_status",
    "price",
    "amount",
    "cum_base",
    "leaves_base",
    "last_price",
    "last_base",
    "fee",
    "hold_change",
    "phase",
    "best_bid",
    "best_ask",
    "reason",
]


def read(answer, status=200):
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def place(desk, client_order_id, **terms):
    return read(desk.api.post("/orders", desk.body(client_order_id, **terms)), 201)


def test_an_order_is_found_by_its_id_and_by_its_clients_own(world, ann):
    order = place(ann, "o-1")
    world.match()
    by_id = ann.api.get(f"/orders/{order['id']}")
    assert read(by_id)["status"] == "OPEN"
    assert by_id["ETag"] == f'"{read(by_id)["version"]}"'
    assert ann.api.get(f"/orders/by-client-id/{ann.profile_id}/o-1").content == by_id.content


def test_a_filled_order_says_what_it_came_to(world, ann, bob):
    order = place(ann, "o-1")
    place(bob, "s-1", side="SELL", base_amount="0.2", limit_price="59000.00")
    world.match()
    order = read(ann.api.get(f"/orders/{order['id']}"))
    assert (order["status"], order["filled_base_amount"], order["remaining_base_amount"]) == (
        "OPEN",
        "0.20000000",
        "0.30000000",
    )
    # The maker's price, the maker's rate, rounded up to cents.
    assert (order["average_price"], order["filled_quote_amount"], order["fee_amount"]) == (
        "60000.00",
        "12000.000000",
        "12.000000",
    )
    assert (order["last_sequence"], order["pending_instruction"], order["closed_at"]) == (4, None, None)


def test_anothers_order_is_answered_as_a_missing_one(world, ann, bob):
    order = place(ann, "o-1")
    world.match()
    paths = (
        (f"/orders/{order['id']}", f"/orders/{new_id()}"),
        (f"/orders/{order['id']}/events", f"/orders/{new_id()}/events"),
        (f"/orders/by-client-id/{ann.profile_id}/o-1", f"/orders/by-client-id/{bob.profile_id}/o-1"),
    )
    for foreign, missing in paths:
        one = problem(bob.api.get(foreign), 404, "NOT_FOUND")
        other = problem(bob.api.get(missing), 404, "NOT_FOUND")
        del one["request_id"], other["request_id"]
        assert one == other
        problem(Api(None).get(foreign), 401, "TOKEN_MISSING")


@pytest.mark.parametrize(
    "path", ["/orders/abc", "/orders/", "/orders/by-client-id/abc/o-1", "/orders/by-client-id", "/orders/1/events"]
)
def test_what_is_no_id_is_not_found(ann, path):
    problem(ann.api.get(path), 404, "NOT_FOUND")


def test_a_client_id_that_cannot_be_one_never_reaches_the_orders(ann, django_assert_num_queries):
    ann.api.get("/orders")
    # One each for the token of the bucket.
    with django_assert_num_queries(4):
        for strange in ("%00", "a%20b", "a" * 65, "%F0%9F%98%80"):
            problem(ann.api.get(f"/orders/by-client-id/{ann.profile_id}/{strange}"), 404, "NOT_FOUND")


def test_a_list_is_ones_own_newest_first_and_filtered(world, ann, bob):
    place(ann, "b-1")
    place(ann, "s-1", side="SELL", limit_price="61000.00")
    place(bob, "x-1", base_amount="0.1")
    world.match()
    ann.api.delete(f"/orders/{read(ann.api.get('/orders?client_order_id=s-1'))['items'][0]['id']}")
    world.match()

    def ids(query=""):
        return [item["client_order_id"] for item in read(ann.api.get(f"/orders{query}"))["items"]]

    assert ids() == ["s-1", "b-1"]
    assert ids("?side=SELL") == ["s-1"]
    assert ids("?status=OPEN&status=PENDING") == ["b-1"]
    assert ids("?type=MARKET") == []
    assert ids("?market=BTC-USD&client_order_id=b-1&client_order_id=nope") == ["b-1"]
    assert ids(f"?profile_id={ann.profile_id}") == ["s-1", "b-1"]
    # Another's profile, another's order: nothing, and no word that they exist.
    assert ids(f"?profile_id={bob.profile_id}") == []
    theirs = read(bob.api.get("/orders"))["items"][0]["id"]
    assert ids(f"?id={theirs}") == []
    assert ids("?market=DOGE-USD") == []


def test_pages_join_without_gap_or_overlap(world, ann):
    for number in range(7):
        place(ann, f"o-{number}", base_amount="0.1")
    seen, cursor = [], ""
    while True:
        page = read(ann.api.get(f"/orders?limit=3{cursor}"))
        seen += [item["client_order_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"o-{number}" for number in range(6, -1, -1)]


def test_a_list_costs_the_same_statements_for_one_and_for_many(world, ann, django_assert_num_queries):
    place(ann, "o-0", base_amount="0.01")
    with django_assert_num_queries(3):
        assert len(read(ann.api.get("/orders"))["items"]) == 1
    for number in range(1, 30):
        place(ann, f"o-{number}", base_amount="0.01")
    with django_assert_num_queries(3):
        assert len(read(ann.api.get("/orders"))["items"]) == 30


def test_events_tell_the_story_in_order(world, ann, bob):
    order = place(ann, "o-1")
    place(bob, "s-1", side="SELL", base_amount="0.2")
    world.match()
    page = read(ann.api.get(f"/orders/{order['id']}/events"))
    events = page["items"]
    assert list(events[0]) == EVENT_FIELDS
    assert [event["kind"] for event in events] == ["ACCEPTED", "RESTED", "TRADED"]
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(sequences)
    assert {event["order_id"] for event in events} == {order["id"]}
    traded = events[-1]
    assert (traded["last_price"], traded["last_base"], traded["fee"]) == ("60000.00", "0.20000000", "12.000000")
    assert traded["hold_change"] == "-12024.000000"
    # One page at a time, and by kind.
    first = read(ann.api.get(f"/orders/{order['id']}/events?limit=2"))
    rest = read(ann.api.get(f"/orders/{order['id']}/events?limit=2&cursor={first['next_cursor']}"))
    assert first["items"] + rest["items"] == events
    only = read(ann.api.get(f"/orders/{order['id']}/events?kind=TRADED&order=DESC"))["items"]
    assert only == [traded]
