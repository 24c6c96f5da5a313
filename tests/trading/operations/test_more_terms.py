"""Orders that are more than a price and an amount: from the door to the books, and through a matcher that forgets."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import now
from core.domain.refusals import Refusal
from tests.world import World
from trading.models import Instruction, Order, OrderEvent, Trade
from trading.operations.match_market import forget_books
from trading.operations.wake_markets import wake_markets
from trading.queries.order_book import get_book


@pytest.fixture
def world(db: None) -> World:
    return World()


def ending(order: Order) -> tuple[str, str, Decimal, Decimal, Decimal]:
    return order.status, order.done_reason, order.filled_base, order.lapsed_base, order.held


def refusal_of(world: World, **terms: str) -> Refusal:
    client = world.client("Alder", USD="100000.00")
    with pytest.raises(Refusal) as refused:
        world.place(client, "X", "BUY", "0.5", "60000.00", **terms)
    return refused.value


# Post-only


def test_a_post_only_order_rests_or_is_rejected_whole(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="100000.00")
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.place(buyer, "crossing", "BUY", "0.5", "60000.00", type="POST_ONLY_LIMIT")
    world.place(buyer, "resting", "BUY", "0.5", "59999.50", type="POST_ONLY_LIMIT")
    world.match()

    crossing, resting = world.order(buyer, "crossing"), world.order(buyer, "resting")

    assert ending(crossing) == ("REJECTED", "POST_ONLY_WOULD_TAKE", 0, Decimal("0.5"), 0)
    assert (resting.status, resting.remaining_base) == ("OPEN", Decimal("0.5"))
    assert world.balance(buyer, "USD") == (Decimal("100000"), resting.held)
    assert not Trade.objects.exists()


# Fill or kill


@pytest.mark.parametrize("price", ["60000.00", None])
def test_a_fill_or_kill_order_trades_whole_or_not_at_all(world: World, price: str | None) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="100000.00")
    world.set_reference("60000.00")
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.place(buyer, "too-much", "BUY", "0.6", price, time_in_force="FOK")
    world.place(buyer, "all", "BUY", "0.5", price, time_in_force="FOK")
    world.match()

    assert ending(world.order(buyer, "too-much")) == ("EXPIRED", "FOK_NOT_FILLABLE", 0, Decimal("0.6"), 0)
    assert ending(world.order(buyer, "all")) == ("FILLED", "", Decimal("0.5"), 0, 0)


# Good till a time


def test_an_order_good_till_a_time_expires_at_it_though_nothing_else_happens(world: World) -> None:
    buyer = world.client("Alder", USD="100000.00")
    ends = now() + timedelta(hours=1)
    world.place(buyer, "B", "BUY", "0.5", "60000.00", time_in_force="GTT", expires_at=ends.isoformat())
    world.match()
    assert wake_markets(at=ends - timedelta(seconds=1)) == 0
    assert world.order(buyer, "B").status == "OPEN"

    forget_books()
    assert (wake_markets(at=ends), wake_markets(at=ends)) == (1, 0)
    world.match()

    assert ending(world.order(buyer, "B")) == ("EXPIRED", "TIME_REACHED", 0, Decimal("0.5"), 0)
    assert world.balance(buyer, "USD") == (Decimal("100000"), 0)
    assert Instruction.objects.get(kind="WAKE").status == "APPLIED"


def test_an_order_whose_time_has_come_does_not_trade_however_late_its_wake_is(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="100000.00")
    ends = now() + timedelta(hours=1)
    world.place(seller, "S", "SELL", "0.5", "60000.00", time_in_force="GTT", expires_at=ends.isoformat())
    world.match()
    world.at = ends + timedelta(minutes=5)
    world.place(buyer, "B", "BUY", "0.5", "60000.00")
    world.match()

    assert world.order(seller, "S").status == "EXPIRED"
    assert world.order(buyer, "B").status == "OPEN"
    # The buyer's order was only the occasion: he has not ended it.
    expired = OrderEvent.objects.get(kind="EXPIRED")
    assert (expired.initiator, expired.actor_id.int) == ("VENUE_AUTO", 0)


def test_a_wake_that_finds_nothing_due_leaves_no_event(world: World) -> None:
    buyer = world.client("Alder", USD="100000.00")
    ends = now() + timedelta(hours=1)
    placed = world.place(buyer, "B", "BUY", "0.5", "60000.00", time_in_force="GTT", expires_at=ends.isoformat())
    world.match()
    world.cancel(placed.order.id)
    wake_markets(at=ends)
    world.match()

    assert world.order(buyer, "B").status == "CANCELLED"
    assert Instruction.objects.get(kind="WAKE").status == "APPLIED"
    assert list(OrderEvent.objects.order_by("sequence").values_list("kind", flat=True)) == [
        "ACCEPTED", "RESTED", "CANCELLED",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(timedelta(seconds=9), "EXPIRY_TOO_SOON"), (timedelta(days=367), "EXPIRY_TOO_FAR")],
)
def test_an_expiry_has_to_be_ten_seconds_to_a_year_ahead(world: World, ahead: timedelta, code: str) -> None:
    ends = (world.at + ahead).isoformat()
    assert refusal_of(world, time_in_force="GTT", expires_at=ends).code == code


# Icebergs


@pytest.mark.parametrize("is_forgetful", [False, True])
def test_an_iceberg_shows_a_part_and_trades_whole(world: World, is_forgetful: bool) -> None:
    seller, other = world.client("Birch", BTC="1"), world.client("Cedar", BTC="1")
    buyer = world.client("Alder", USD="100000.00")

    def match() -> None:
        world.match()
        if is_forgetful:
            forget_books()

    world.place(seller, "ice", "SELL", "0.5", "60000.00", type="ICEBERG", display_amount="0.2")
    world.place(other, "plain", "SELL", "0.1", "60000.00")
    match()
    assert get_book(symbol="BTC-USD", depth=10).asks == [(Decimal("60000.00"), Decimal("0.3000"))]
    assert world.order(seller, "ice").held == Decimal("0.5")

    world.place(buyer, "1", "BUY", "0.05", "60000.00")
    match()
    assert get_book(symbol="BTC-USD", depth=10).asks == [(Decimal("60000.00"), Decimal("0.2500"))]
    assert world.order(seller, "ice").displayed_base == Decimal("0.15")

    # 0.15 of the display, then 0.1 that stands behind it, and only then what was hidden.
    world.place(buyer, "2", "BUY", "0.3", "60000.00")
    match()
    fills = Trade.objects.order_by("sequence").values_list("sell_order__client_order_id", "base_amount")
    assert list(fills) == [
        ("ice", Decimal("0.05")), ("ice", Decimal("0.15")), ("plain", Decimal("0.1")), ("ice", Decimal("0.05")),
    ]  # fmt: skip
    ice = world.order(seller, "ice")
    assert (ice.remaining_base, ice.displayed_base, ice.held) == (Decimal("0.25"), Decimal("0.15"), Decimal("0.25"))
    refilled = OrderEvent.objects.get(kind="REFILLED")
    assert refilled.detail == {"displayed_amount": "0.2"}
    assert (refilled.leaves_base, refilled.sequence) == (Decimal("0.3"), ice.priority_sequence)

    world.place(buyer, "3", "BUY", "0.25", "60000.00")
    match()
    ice = world.order(seller, "ice")
    assert (ice.status, ice.filled_base, ice.displayed_base, ice.held) == ("FILLED", Decimal("0.5"), 0, 0)
    assert get_book(symbol="BTC-USD", depth=10).asks == []


def test_an_iceberg_shows_less_than_all_of_it_and_at_least_what_an_order_may_be_for(world: World) -> None:
    too_much = refusal_of(world, type="ICEBERG", display_amount="0.5")
    assert (too_much.code, too_much.errors[0].pointer) == ("REQUEST_INVALID", "/display_amount")


# One's own orders


@pytest.mark.parametrize(
    ("mode", "resting", "arriving"),
    [
        ("CANCEL_OLDEST", ("CANCELLED", "SELF_TRADE"), ("OPEN", "")),
        ("CANCEL_BOTH", ("CANCELLED", "SELF_TRADE"), ("CANCELLED", "SELF_TRADE")),
    ],
)
def test_the_taker_says_which_of_ones_own_orders_goes(
    world: World, mode: str, resting: tuple[str, str], arriving: tuple[str, str]
) -> None:
    client = world.client("Alder", USD="100000.00", BTC="1")
    world.place(client, "S", "SELL", "0.5", "60000.00")
    world.place(client, "B", "BUY", "0.5", "60000.00", self_trade_prevention=mode)
    world.match()

    sell, buy = world.order(client, "S"), world.order(client, "B")

    assert ((sell.status, sell.done_reason), (buy.status, buy.done_reason)) == (resting, arriving)
    assert world.balance(client, "BTC") == (Decimal("1"), 0)
    assert world.balance(client, "USD") == (Decimal("100000"), buy.held)
    assert not Trade.objects.exists()
