"""The blotter as an operator reads it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk import a_person, fragment, rows_of, signed_in
from tests.trading.pages.conftest import Desk
from trading.models import Instruction, Order
from trading.pages.blotter import read_order_filter
from trading.queries.desk_orders import OrderFilter, count_orders_by_status, list_order_rows, list_orders


def statements(client: Any, address: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return len(seen)


def test_the_newest_order_stands_first_with_all_that_it_is(desk: Desk) -> None:
    desk.every_state()
    answer = signed_in().get("/ops/blotter")
    text = answer.content.decode()
    assert rows_of(answer) == list(Order.objects.order_by("-id").values_list("id", flat=True))
    assert "Open · 50\u202f%" in text
    assert "cancelling…" in text
    assert "IOC remainder" in text
    for word in ("Filled", "Expired", "Cancelled", "Pending"):
        assert f">{word}</span>" in text


def test_page_and_fragment_come_from_one_view(desk: Desk) -> None:
    desk.every_state()
    client = signed_in()
    whole, part = client.get("/ops/blotter?status=OPEN"), fragment(client, "/ops/blotter?status=OPEN")
    assert rows_of(whole) == rows_of(part) != []
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert part["Cache-Control"] == "no-store"
    assert "HX-Request" in part["Vary"]


def test_a_list_costs_the_same_however_long_it_is(desk: Desk) -> None:
    client = signed_in()
    addresses = [
        "/ops/blotter",
        "/ops/blotter?status=FILLED&market=BTC-USD&side=BUY&text=hal",
        "/ops/trades",
        "/ops/markets",
        "/ops/ledger",
        "/ops/deposits",
    ]
    counts: dict[str, set[int]] = {address: set() for address in addresses}
    trades = 0
    for wanted in (1, 25, 250):
        desk.many(wanted - trades, first=trades)
        trades = wanted
        for address in addresses:
            counts[address].add(statements(client, address))
            counts[address].add(statements(client, address, **{"HX-Request": "true", "HX-Target": "div#list"}))
    assert Order.objects.count() == 500
    for address, seen in counts.items():
        assert len(seen) == 1, address
        # Session, person, permissions and what waits for the person's approval are four of them; the ledger also lists
        # what is held without the right to.
        # The funding queue counts its tabs, what was recalled and what could not be booked.
        assert max(seen) <= (12 if address == "/ops/deposits" else 11), address


def test_every_address_with_a_filter_shows_what_fits_and_the_live_feed_agrees(desk: Desk) -> None:
    desk.every_state()
    client = signed_in()
    taken = desk.order(desk.taker, "t0")
    for query in (
        "status=OPEN",
        "status=FILLED&side=BUY",
        "side=SELL",
        "market=BTC-USD",
        "market=ETH-USD",
        "text=north",
        "text=NORTHWIND",
        "text=main",
        "text=t0",
        f"text={taken.id}",
        f"text={str(taken.id)[-8:]}",
        f"text=…{str(taken.id)[-8:]}",
        "text=100%25",
        "text=_",
        "status=NONSENSE&side=UP",
    ):
        shown = rows_of(client.get(f"/ops/blotter?{query}"))
        order_filter = read_order_filter(client.get(f"/ops/blotter?{query}").wsgi_request.GET)
        everything = list_order_rows(list(Order.objects.values_list("id", flat=True)))
        assert shown == [row.id for row in everything if order_filter.takes(row)], query


def test_counts_stand_beside_each_status_whatever_is_chosen(desk: Desk) -> None:
    desk.every_state()
    counts, has_more = count_orders_by_status(OrderFilter(status="FILLED"))
    assert counts == {"OPEN": 2, "FILLED": 1, "EXPIRED": 1, "CANCELLED": 1, "PENDING": 1}
    assert not has_more
    text = signed_in().get("/ops/blotter?status=FILLED").content.decode()
    assert re.search(r'data-count="OPEN">2<', text)
    assert re.search(r'data-count="ALL">6<', text)


def test_pages_follow_each_other_without_a_gap_or_a_double(desk: Desk) -> None:
    for number in range(205):
        desk.place(desk.maker, f"m{number}", "SELL", "0.01", "100.00")
    client = signed_in()
    seen: list[Any] = []
    address = "/ops/blotter"
    pages = []
    while address:
        answer = client.get(address)
        pages.append(rows_of(answer))
        seen += pages[-1]
        older = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        address = f"/ops/blotter{older.group(1)}" if older else ""
    assert [len(page) for page in pages] == [100, 100, 5]
    assert seen == list(Order.objects.order_by("-id").values_list("id", flat=True))
    newer = re.search(r'rel="prev" href="([^"]+)"', answer.content.decode())
    assert newer is not None
    assert rows_of(client.get(f"/ops/blotter{newer.group(1)}")) == pages[1]


def test_an_order_that_came_meanwhile_does_not_move_the_second_page(desk: Desk) -> None:
    for number in range(150):
        desk.place(desk.maker, f"m{number}", "SELL", "0.01", "100.00")
    client = signed_in()
    first = client.get("/ops/blotter").content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    before = rows_of(client.get(f"/ops/blotter{older.group(1)}"))
    desk.place(desk.maker, "new", "SELL", "0.01", "100.00")
    assert rows_of(client.get(f"/ops/blotter{older.group(1)}")) == before


@pytest.mark.parametrize("query", ["after=nonsense", "before=12"])
def test_an_address_that_nobody_gave_is_not_found(desk: Desk, query: str) -> None:
    assert signed_in().get(f"/ops/blotter?{query}").status_code == 404


def test_the_drawer_is_part_of_the_address(desk: Desk) -> None:
    desk.trade_once()
    client, order = signed_in(), desk.order(desk.taker, "t0")
    whole = client.get(f"/ops/blotter?order={order.id}").content.decode()
    part = fragment(client, f"/ops/blotter?order={order.id}", "drawer").content.decode()
    assert part.strip() in whole
    assert "Northwind" not in part
    assert "0.5000" in re.sub(r"<[^>]+>", "", part)
    assert 'class="here"' in whole
    missing = client.get("/ops/blotter?order=00000000-0000-7000-8000-000000000000").content.decode()
    assert "There is no such order." in missing


def test_chosen_orders_are_asked_to_be_cancelled_one_by_one(desk: Desk) -> None:
    desk.every_state()
    person = a_person()
    client = signed_in(person)
    open_order, filled = desk.order(desk.maker, "m0"), desk.order(desk.taker, "t0")
    answer = client.post(
        "/ops/blotter/cancel",
        {"order": [str(open_order.id), str(filled.id), "nonsense"], "next": "/ops/blotter?status=OPEN"},
        follow=True,
    )
    text = answer.content.decode()
    assert answer.redirect_chain == [("/ops/blotter?status=OPEN", 302)]
    assert "Asked to cancel 1 order." in text
    assert "ORDER_ALREADY_CLOSED" in text
    wish = Instruction.objects.get(order=open_order, kind="CANCEL")
    assert (wish.initiator, wish.actor_id, wish.payload) == ("FIRM", person.id, {"reason": "OPERATOR_REQUEST"})
    desk.match()
    open_order.refresh_from_db()
    assert (open_order.status, open_order.done_reason) == ("CANCELLED", "OPERATOR_REQUEST")


def test_a_cancel_leads_back_to_our_own_pages_only(desk: Desk) -> None:
    answer = signed_in().post("/ops/blotter/cancel", {"next": "https://evil.example/ops"})
    assert answer["Location"] == "/ops/blotter"


def test_an_order_has_a_page_with_its_whole_story(desk: Desk) -> None:
    desk.trade_once()
    client, order = signed_in(), desk.order(desk.taker, "t0")
    answer = client.get(f"/ops/orders/{order.id}")
    text = re.sub(r"<[^>]+>", "", answer.content.decode())
    assert answer.status_code == 200
    for said in (
        "Accepted",
        "Traded",
        "Pending → Open",
        "Open → Filled",
        "FEES:BTC-USD",
        "Northwind · main",
        "maker 0.001000",
    ):
        assert said in text, said
    assert "Cancel order" in text
    assert client.get("/ops/orders/00000000-0000-7000-8000-000000000000").status_code == 404


def test_one_order_is_cancelled_from_its_page_and_a_closed_one_says_why_not(desk: Desk) -> None:
    desk.trade_once()
    client = signed_in()
    resting, filled = desk.order(desk.maker, "m0"), desk.order(desk.taker, "t0")
    asked = client.post(f"/ops/orders/{resting.id}/cancel", follow=True)
    assert b"the market decides" in asked.content
    refused = client.post(f"/ops/orders/{filled.id}/cancel", follow=True)
    assert b"Not cancelled: The order is FILLED." in refused.content
    assert client.get(f"/ops/orders/{resting.id}/cancel").status_code == 405


def test_the_rows_of_a_list_are_small_enough_to_be_sent_often(desk: Desk) -> None:
    desk.many(100)
    answer = fragment(signed_in(), "/ops/blotter")
    assert len(answer.content) / 100 <= 1_500


def test_a_row_counts_its_fills_exactly(desk: Desk) -> None:
    desk.place(desk.maker, "m", "SELL", "0.9999", "100.50")
    desk.place(desk.taker, "t", "BUY", "1", "100.50")
    desk.match()
    row = next(row for row in list_order_rows([desk.order(desk.taker, "t").id]))
    assert (row.filled_percent, row.average_price, row.shown_state) == (99, row.limit_price, "PART_FILLED")
    assert list_orders(OrderFilter(status="OPEN")).count() == 1
