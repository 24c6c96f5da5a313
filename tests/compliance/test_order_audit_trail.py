"""Any order can be rebuilt from its rows; the sequence of a market has no gap; nobody sees another's orders."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from tests.compliance.reporting import lines, rows, seal, trading_day, trail, write
from trading.models import Order, OrderEvent

pytestmark = pytest.mark.django_db(transaction=True)

LEGAL = {
    (None, "PENDING"),
    ("PENDING", "OPEN"),
    ("PENDING", "REJECTED"),
    ("OPEN", "OPEN"),
    ("OPEN", "FILLED"),
    ("OPEN", "CANCELLED"),
    ("OPEN", "EXPIRED"),
}


def rebuilt(events: list[dict[str, Any]]) -> dict[str, Any]:
    """An order as its rows tell it."""
    first, last = events[0], events[-1]
    fills = [event for event in events if event["event_code"] == "TRADED"]
    return {
        "client_order_id": first["client_order_id"],
        "profile_id": first["profile_id"],
        "side": first["side"],
        "type": first["order_type"],
        "time_in_force": first["time_in_force"],
        "base_amount": Decimal(first["quantity_after"]),
        "status": last["new_state"],
        "done_reason": last["reason_code"] or "",
        "filled_base": sum((Decimal(fill["execution_quantity"]) for fill in fills), Decimal(0)),
        "filled_quote": sum(
            (Decimal(fill["execution_quantity"]) * Decimal(fill["execution_price"]) for fill in fills), Decimal(0)
        ),
        "remaining_base": Decimal(last["leaves_quantity"]),
        "last_sequence": int(last["market_sequence"]),
    }


def live(order: Order) -> dict[str, Any]:
    names = ("client_order_id", "side", "type", "time_in_force", "base_amount", "status", "done_reason")
    names += ("filled_base", "filled_quote", "remaining_base", "last_sequence")
    return {name: getattr(order, name) for name in names} | {"profile_id": str(order.profile_id)}


def test_every_order_is_rebuilt_from_its_rows_alone(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    trail_rows = lines(write(trail(day), store, keys), store)
    orders = list(Order.objects.all())
    assert {order.client_order_id for order in orders} == {"A-1", "A-2", "A-3", "B-1", "B-2"}
    for order in orders:
        events = [row for row in trail_rows if row["order_id"] == str(order.pk)]
        assert rebuilt(events) == live(order)
        assert [int(event["event_no"]) for event in events] == list(range(1, len(events) + 1))
        for before, after in zip([None, *events], events, strict=False):
            assert (after["previous_state"], after["new_state"]) in LEGAL
            if before is not None:
                assert after["previous_state"] == before["new_state"]
                assert after["quantity_before"] == before["quantity_after"]
                assert after["price_before"] == before["price_after"]


def test_the_whole_firm_has_every_event_of_every_market(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(trail(day), store, keys), store)
    assert [int(row["market_sequence"]) for row in printed] == list(range(1, OrderEvent.objects.count() + 1))
    market_rows = [row for row in printed if not row["order_id"]]
    assert [(row["event_code"], row["entity"], row["event_no"]) for row in market_rows] == [("REFERENCE_SET", "", "")]


def test_the_columns_are_those_of_the_catalogue(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(trail(day), store, keys), store)
    assert ",".join(printed[0]) == (
        "entity,order_id,client_order_id,parent_order_id,profile_id,market,market_sequence,event_no,event_code,"
        "initiator,actor_id,channel,event_at,recorded_at,business_date,side,order_type,time_in_force,price_before,"
        "price_after,quantity_before,quantity_after,leaves_quantity,cumulative_quantity,trade_id,execution_price,"
        "execution_quantity,previous_state,new_state,reason_code,best_bid,best_bid_quantity,best_ask,"
        "best_ask_quantity,book_at"
    )
    fill = next(row for row in printed if row["event_code"] == "TRADED")
    assert (fill["execution_price"], fill["execution_quantity"]) == ("60000.00", "1.0000")
    assert (fill["best_ask"], fill["best_ask_quantity"], fill["best_bid"]) == ("60000.00", "1.5000", "")
    assert fill["book_at"] == fill["event_at"]
    assert fill["parent_order_id"] == ""


def test_an_entity_sees_its_own_orders_and_the_totals_still_agree(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    for client in (day.alder, day.birch):
        run = write(trail(day, chosen={"entity": str(client.entity_id)}), store, keys)
        printed = rows(run, store)
        assert {row["entity"] for row in printed} == {str(client.entity_id)}
        assert {row["profile_id"] for row in printed} == {str(client.profile_id)}
        own = OrderEvent.objects.filter(order__profile_id=client.profile_id).count()
        assert len(printed) == own
        totals = {total["name"]: total["figures"] for total in run.control_totals}
        assert totals["rows_by_market"] == [{"group": ["BTC-USD"], "value": str(own)}]
        side = "BUY" if client is day.alder else "SELL"
        assert {"group": ["BTC-USD", side], "value": "1.25"} in totals["executed_by_market_and_side"]


def test_a_period_and_a_market_narrow_it_and_numbers_stay(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    yesterday = str(day.date - timedelta(days=1))
    assert write(trail(day, chosen={"from_date": yesterday, "to_date": yesterday}), store, keys).row_count == 0
    assert write(trail(day, chosen={"market": "ETH-USD"}), store, keys).row_count == 0
    whole = write(trail(day), store, keys)
    assert write(trail(day, chosen={"market": "BTC-USD"}), store, keys).row_count == whole.row_count


def test_an_order_of_an_earlier_day_goes_on_counting(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    yesterday = day.date - timedelta(days=1)
    # The first order rested overnight: its first two events, and the one of the market before, were yesterday.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE trading_orderevent SET business_date = %s WHERE sequence <= 3", [yesterday])
        assert cursor.rowcount == 3
    seal()
    both = rows(write(trail(day, chosen={"from_date": str(yesterday)}), store, keys), store)
    today = rows(write(trail(day), store, keys), store)
    assert today == both[3:]
    overnight = next(row for row in today if row["client_order_id"] == "B-1")
    assert (overnight["event_code"], overnight["event_no"]) == ("TRADED", "3")
    assert (overnight["quantity_before"], overnight["price_before"]) == ("1.5000", "60000.00")


def test_what_is_not_sealed_at_the_watermark_is_not_in(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    before = trail(day)
    day.world.place(day.birch, "B-3", "SELL", "0.1", "61000.00")
    day.world.match()
    unsealed = write(trail(day), store, keys)
    assert "B-3" not in {row["client_order_id"] for row in rows(unsealed, store)}
    seal()
    late = write(trail(day), store, keys)
    assert "B-3" in {row["client_order_id"] for row in rows(late, store)}
    # Written after the later events were there, the earlier wish still answers what was known then.
    assert rows(write(before, store, keys), store) == rows(unsealed, store)
