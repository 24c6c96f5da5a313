"""Stops, orders by what they spend, and orders that lose amounts to their own group: from the door to the books."""

from decimal import Decimal

import pytest

from core.queries.verifying import verify_all
from tests.world import Client, World
from trading.models import Market, Order, OrderEvent, Trade
from trading.operations.match_market import forget_books
from trading.queries.invariants import INVARIANTS


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture(autouse=True)
def the_books_are_whole(world: World):  # type: ignore[no-untyped-def]
    yield
    broken = [verdict for verdict in verify_all(INVARIANTS, at=world.at) if verdict.count or verdict.error]
    assert not broken, broken


def kinds(order: Order) -> list[str]:
    return list(OrderEvent.objects.filter(order=order).order_by("sequence").values_list("kind", flat=True))


def trade_at(world: World, price: str) -> None:
    """Two who have nothing to do with the story trade at a price."""
    number = Order.objects.count()
    seller = world.client(f"Ash-{number}", BTC="1")
    buyer = world.client(f"Elm-{number}", USD="1000000.00")
    world.place(seller, "S", "SELL", "0.01", price)
    world.place(buyer, "B", "BUY", "0.01", price)
    world.match()


# By what is spent


def buyer_of(world: World, amount: str) -> Client:
    return world.client("Alder", USD=amount)


def test_a_budget_is_spent_without_fees_and_its_hold_has_room_for_them(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), buyer_of(world, "6012.00")
    world.set_reference("60000.00")
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    placed = world.place(buyer, "B", "BUY", None, None, quote_amount="6000.00").order
    assert (placed.base_amount, placed.quote_amount, placed.held_amount) == (None, Decimal("6000"), Decimal("6012"))
    assert world.balance(buyer, "USD") == (Decimal("6012"), Decimal("6012"))
    forget_books()
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.filled_base, order.filled_quote) == ("FILLED", Decimal("0.1"), Decimal("6000"))
    assert (order.fee_charged, order.held, order.remaining_base) == (Decimal("12"), 0, 0)
    assert world.balance(buyer, "USD") == (0, 0)


def test_what_buys_no_lot_any_more_lapses(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), buyer_of(world, "10000.00")
    world.set_reference("60000.00")
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.place(buyer, "B", "BUY", None, None, quote_amount="6003.25")
    world.match()

    order = world.order(buyer, "B")
    ended = OrderEvent.objects.get(order=order, kind="EXPIRED")

    assert (order.status, order.done_reason, order.filled_quote) == ("EXPIRED", "BUDGET_BELOW_ONE_LOT", Decimal("6000"))
    assert (order.lapsed_base, order.held) == (0, 0)
    assert (ended.amount, ended.leaves_base, ended.detail) == (
        None,
        None,
        {"lapsed_quote": "3.25", "leaves_quote": "0"},
    )
    assert world.balance(buyer, "USD") == (Decimal("3988"), 0)


def test_a_budget_in_a_halted_market_comes_back_whole(world: World) -> None:
    buyer = buyer_of(world, "10000.00")
    world.set_reference("60000.00")
    world.change_phase("HALTED")
    world.place(buyer, "B", "BUY", None, None, quote_amount="6000.00")
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.done_reason, order.held) == ("REJECTED", "PHASE_NOT_ALLOWED", 0)
    assert world.balance(buyer, "USD") == (Decimal("10000"), 0)


# Stops


def test_a_stop_waits_through_a_loss_of_memory_and_takes_what_its_bound_lets_it(world: World) -> None:
    near, far = world.client("Birch", USD="100000.00"), world.client("Oak", USD="100000.00")
    owner = world.client("Alder", BTC="1")
    # A market without bands: what bounds the stop is its own price.
    Market.objects.update(book_facts={})
    trade_at(world, "60000.00")
    stop = {"type": "STOP_MARKET", "time_in_force": "GTC", "stop_price": "59000.00"}
    placed = world.place(owner, "STOP", "SELL", "0.5", None, **stop).order
    assert (placed.status, placed.stop_price, placed.protection_price) == (
        "PENDING",
        Decimal("59000"),
        Decimal("57820"),
    )
    world.place(near, "N", "BUY", "0.2", "58000.00")
    world.place(far, "F", "BUY", "0.5", "57819.50")
    world.match()
    waiting = world.order(owner, "STOP")
    assert (waiting.status, waiting.remaining_base, waiting.held) == ("DORMANT", Decimal("0.5"), Decimal("0.5"))
    assert waiting.priority_sequence is None

    forget_books()
    trade_at(world, "59000.00")

    order = world.order(owner, "STOP")
    assert (order.status, order.done_reason, order.filled_base) == (
        "EXPIRED",
        "PROTECTION_PRICE_REACHED",
        Decimal("0.2"),
    )
    assert kinds(order) == ["ACCEPTED", "PARKED", "TRIGGERED", "TRADED", "EXPIRED"]
    assert list(
        OrderEvent.objects.filter(order=order).order_by("sequence").values_list("before_status", "after_status")
    ) == [("PENDING", "DORMANT"), ("DORMANT", "DORMANT"), ("DORMANT", "OPEN"), ("OPEN", "OPEN"), ("OPEN", "EXPIRED")]
    assert world.balance(owner, "BTC") == (Decimal("0.8"), 0)


def test_a_stop_with_a_limit_rests_once_it_is_met(world: World) -> None:
    owner = world.client("Alder", USD="100000.00")
    trade_at(world, "60000.00")
    stop = {"type": "STOP_LIMIT", "stop_price": "61000.00"}
    world.place(owner, "STOP", "BUY", "0.5", "61500.00", **stop)
    trade_at(world, "61000.00")
    forget_books()
    world.match()

    order = world.order(owner, "STOP")

    assert (order.status, order.remaining_base, order.held) == ("OPEN", Decimal("0.5"), Decimal("30811.5"))
    assert kinds(order) == ["ACCEPTED", "PARKED", "TRIGGERED", "RESTED"]
    trade_at(world, "61500.00")
    assert Trade.objects.filter(buy_order=order).exists()


def test_a_stop_that_the_last_price_meets_already_is_rejected(world: World) -> None:
    owner = world.client("Alder", USD="100000.00")
    trade_at(world, "60000.00")
    world.place(owner, "STOP", "BUY", "0.5", "61500.00", type="STOP_LIMIT", stop_price="60000.00")
    world.match()

    order = world.order(owner, "STOP")

    assert (order.status, order.done_reason, order.held) == ("REJECTED", "STOP_WOULD_TRIGGER", 0)


def test_a_waiting_stop_is_cancelled_like_any_order(world: World) -> None:
    owner = world.client("Alder", BTC="1")
    placed = world.place(owner, "STOP", "SELL", "0.5", "58000.00", type="STOP_LIMIT", stop_price="59000.00")
    world.match()
    world.cancel(placed.order.id)
    world.match()

    order = world.order(owner, "STOP")

    assert (order.status, order.done_reason, order.lapsed_base) == ("CANCELLED", "CLIENT_REQUEST", Decimal("0.5"))
    assert world.balance(owner, "BTC") == (Decimal(1), 0)


# Both lose


def test_two_of_one_group_lose_the_same_and_either_hold_shrinks(world: World) -> None:
    owner, other = world.client("Alder", USD="1000000.00", BTC="5"), world.client("Birch", BTC="1")
    world.place(owner, "MAKER", "SELL", "0.5", "60000.00")
    world.place(other, "OTHER", "SELL", "0.2", "60000.00")
    world.match()
    forget_books()
    mode = {"self_trade_prevention": "DECREMENT_AND_CANCEL"}
    world.place(owner, "FIRST", "BUY", "0.3", "60000.00", **mode)
    world.match()

    maker, first = world.order(owner, "MAKER"), world.order(owner, "FIRST")
    assert (maker.status, maker.remaining_base, maker.prevented_base) == ("OPEN", Decimal("0.2"), Decimal("0.3"))
    assert (first.status, first.done_reason, first.prevented_base) == ("CANCELLED", "SELF_TRADE", Decimal("0.3"))
    assert (first.lapsed_base, first.held, maker.held) == (0, 0, Decimal("0.2"))
    assert world.balance(owner, "BTC") == (Decimal(5), Decimal("0.2"))
    prevented = OrderEvent.objects.get(kind="PREVENTED")
    assert prevented.detail == {"taker_order_id": str(first.id), "prevented_amount": "0.3"}
    assert (prevented.order_id, prevented.leaves_base, prevented.hold_change) == (
        maker.id,
        Decimal("0.2"),
        Decimal("-0.3"),
    )

    forget_books()
    world.place(owner, "SECOND", "BUY", "0.3", "60000.00", **mode)
    world.match()

    maker, second = world.order(owner, "MAKER"), world.order(owner, "SECOND")
    assert (maker.status, maker.prevented_base, maker.held) == ("CANCELLED", Decimal("0.5"), 0)
    assert (second.status, second.filled_base, second.prevented_base) == ("CANCELLED", Decimal("0.1"), Decimal("0.2"))
    assert world.balance(owner, "USD") == (Decimal("993988"), 0)


def test_a_budget_loses_what_it_did_not_trade_with_itself(world: World) -> None:
    owner, other = world.client("Alder", USD="1000000.00", BTC="5"), world.client("Birch", BTC="1")
    world.set_reference("60000.00")
    world.place(owner, "MAKER", "SELL", "0.1", "60000.00")
    world.place(other, "OTHER", "SELL", "0.5", "60000.00")
    mode = {"self_trade_prevention": "DECREMENT_AND_CANCEL", "quote_amount": "9000.00"}
    world.place(owner, "B", "BUY", None, None, **mode)
    world.match()

    order = world.order(owner, "B")

    assert (order.status, order.done_reason, order.held) == ("CANCELLED", "SELF_TRADE", 0)
    assert (order.filled_base, order.prevented_base) == (Decimal("0.05"), Decimal("0.1"))
    assert world.balance(owner, "USD") == (Decimal("996994"), 0)
