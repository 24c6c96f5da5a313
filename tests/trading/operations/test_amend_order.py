"""An order's terms are changed: what the door takes for it, what the engine makes of it, and what is free again."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import now
from core.domain.refusals import Refusal
from core.queries.verifying import verify_all
from tests.world import Client, World
from trading.contracts import OrderChange
from trading.models import Instruction, Order, OrderEvent
from trading.operations.amend_order import amend_order
from trading.operations.match_market import forget_books
from trading.queries.invariants import INVARIANTS


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture(autouse=True)
def the_books_are_whole(world: World) -> Iterator[None]:
    yield
    broken = [verdict for verdict in verify_all(INVARIANTS, at=world.at) if verdict.count or verdict.error]
    assert not broken, broken


def amend(world: World, order: Order, **terms: str) -> Instruction:
    values = {name: Decimal(value) for name, value in terms.items()}
    number = amend_order(
        order_id=order.pk, change=OrderChange(**values), credential_id=order.credential_id, version=None, at=world.at
    )
    return Instruction.objects.get(pk=number)


def alder(world: World) -> Client:
    return world.client("Alder", USD="10000.00", BTC="1")


def test_the_door_holds_what_the_new_terms_need_beyond_the_old(world: World) -> None:
    client = alder(world)
    world.place(client, "B", "BUY", "0.1", "50000.00")
    world.match()
    order = world.order(client, "B")
    assert world.balance(client, "USD")[1] == Decimal("5010")

    wish = amend(world, order, base_amount="0.15", limit_price="52000.00")

    # 0.15 at 52,000 is 7,800 and 15.60 of fee: 2,805.60 beyond 5,010, which only the wish holds yet.
    assert (wish.status, wish.hold_change) == ("PENDING", Decimal("2805.6"))
    assert wish.payload == {"base_amount": "0.15", "limit_price": "52000"}
    assert world.balance(client, "USD")[1] == Decimal("7815.6")
    assert world.order(client, "B").held == Decimal("5010")
    assert not [one for one in verify_all(INVARIANTS, at=world.at) if one.count or one.error]

    forget_books()
    world.match()
    order = world.order(client, "B")
    event = OrderEvent.objects.get(kind="AMENDED")
    assert (order.base_amount, order.limit_price, order.held) == (Decimal("0.15"), Decimal("52000"), Decimal("7815.6"))
    assert (event.hold_change, event.price, event.amount) == (Decimal("2805.6"), Decimal("52000"), Decimal("0.15"))
    assert event.detail == {
        "base_amount": {"before": "0.1", "after": "0.15"},
        "limit_price": {"before": "50000", "after": "52000"},
        "is_priority_kept": False,
    }
    assert Instruction.objects.get(pk=wish.pk).status == "APPLIED"


def test_less_keeps_its_place_and_frees_its_hold(world: World) -> None:
    first, second, taker = alder(world), world.client("Birch", USD="10000.00"), world.client("Oak", BTC="1")
    world.place(first, "B", "BUY", "0.1", "50000.00")
    world.place(second, "B", "BUY", "0.1", "50000.00")
    world.match()
    wish = amend(world, world.order(first, "B"), base_amount="0.04")
    assert wish.hold_change == 0
    forget_books()
    world.match()
    assert world.order(first, "B").held == Decimal("2004")
    world.place(taker, "S", "SELL", "0.05", "50000.00")
    world.match()

    assert (world.order(first, "B").status, world.order(second, "B").filled_base) == ("FILLED", Decimal("0.01"))


def test_what_traded_meanwhile_is_counted_and_the_surplus_is_free(world: World) -> None:
    """More at a lower price: the door holds for the case that the old order trades first, and so it does, in part."""
    buyer, seller = alder(world), world.client("Oak", BTC="1")
    world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.match()
    order = world.order(buyer, "B")
    world.place(seller, "S", "SELL", "0.05", "50000.00")
    wish = amend(world, order, base_amount="0.2", limit_price="30000.00")
    # Now 6,012 instead of 5,010; but once 0.1 has been bought for 5,000, 0.1 more at 30,000 take 3,006.
    assert wish.hold_change == Decimal("3006")
    world.match()

    order = world.order(buyer, "B")

    # 0.15 are left, at 30,000; of 5 already paid (maker) the fee of the rest is counted on.
    assert (order.filled_base, order.remaining_base, order.held) == (Decimal("0.05"), Decimal("0.15"), Decimal("4509"))
    assert world.balance(buyer, "USD") == (Decimal("7497.5"), Decimal("4509"))


def test_an_amend_that_crosses_takes(world: World) -> None:
    buyer, seller = alder(world), world.client("Oak", BTC="1")
    world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.place(seller, "S", "SELL", "0.04", "51000.00")
    world.match()
    amend(world, world.order(buyer, "B"), limit_price="51000.00")
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.filled_base, order.remaining_base) == ("OPEN", Decimal("0.04"), Decimal("0.06"))
    assert list(OrderEvent.objects.filter(order=order).order_by("sequence").values_list("kind", flat=True)) == [
        "ACCEPTED", "RESTED", "AMENDED", "TRADED", "RESTED",
    ]  # fmt: skip


def test_a_total_that_has_traded_already_closes_the_order(world: World) -> None:
    buyer, seller = alder(world), world.client("Oak", BTC="1")
    world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.place(seller, "S", "SELL", "0.06", "50000.00")
    world.match()
    amend(world, world.order(buyer, "B"), base_amount="0.05")
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.done_reason) == ("CANCELLED", "AMENDED_BELOW_FILLED")
    assert (order.base_amount, order.lapsed_base, order.held) == (Decimal("0.06"), 0, 0)


def test_an_order_that_closes_first_leaves_the_wish_and_its_hold_to_be_refused(world: World) -> None:
    buyer, seller = alder(world), world.client("Oak", BTC="1")
    world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.match()
    order = world.order(buyer, "B")
    world.place(seller, "S", "SELL", "0.1", "50000.00")
    wish = amend(world, order, base_amount="0.15")
    assert wish.hold_change == Decimal("2505")
    forget_books()
    world.match()

    wish.refresh_from_db()
    refused = OrderEvent.objects.get(kind="AMEND_REFUSED")

    assert (wish.status, wish.refusal) == ("REFUSED", "ORDER_ALREADY_CLOSED")
    assert (refused.order_id, refused.hold_change, refused.after_status) == (order.pk, 0, None)
    assert world.order(buyer, "B").status == "FILLED"
    assert world.balance(buyer, "USD") == (Decimal("4995"), 0)


def test_what_the_engine_refuses_stays_as_it_was(world: World) -> None:
    buyer, seller = alder(world), world.client("Oak", BTC="1")
    world.place(buyer, "B", "BUY", "0.1", "50000.00", type="POST_ONLY_LIMIT")
    world.place(seller, "S", "SELL", "0.1", "51000.00")
    world.match()
    before = world.order(buyer, "B")
    wish = amend(world, before, limit_price="51000.00")
    world.match()

    wish.refresh_from_db()
    order = world.order(buyer, "B")

    assert wish.refusal == "POST_ONLY_WOULD_TAKE"
    assert (order.limit_price, order.held, order.version) == (before.limit_price, before.held, before.version)
    assert world.balance(buyer, "USD") == (Decimal("10000"), before.held)


def test_a_stop_is_moved_with_its_bound(world: World) -> None:
    owner = alder(world)
    world.place(owner, "STOP", "SELL", "0.5", None, type="STOP_MARKET", time_in_force="GTC", stop_price="59000.00")
    world.match()
    wish = amend(world, world.order(owner, "STOP"), stop_price="58000.00", base_amount="0.6")
    assert wish.payload == {"stop_price": "58000", "protection_price": "56840", "base_amount": "0.6"}
    assert wish.hold_change == Decimal("0.1")
    forget_books()
    world.match()

    order = world.order(owner, "STOP")

    assert (order.status, order.stop_price, order.protection_price) == ("DORMANT", Decimal("58000"), Decimal("56840"))
    assert (order.remaining_base, order.held) == (Decimal("0.6"), Decimal("0.6"))


def test_an_iceberg_shows_less_and_keeps_its_hour_or_gets_another(world: World) -> None:
    owner = alder(world)
    later = now() + timedelta(hours=2)
    terms = {"type": "ICEBERG", "display_amount": "0.2", "time_in_force": "GTT"}
    placed = world.place(
        owner, "ICE", "SELL", "0.6", "60000.00", **terms, expires_at=(now() + timedelta(hours=1)).isoformat()
    )
    world.match()
    amend_order(
        order_id=placed.order.id,
        change=OrderChange(display_amount=Decimal("0.1"), expires_at=later),
        credential_id=owner.credential.credential_id,
        version=None,
        at=now(),
    )
    forget_books()
    world.match()

    order = world.order(owner, "ICE")

    assert (order.display_amount, order.displayed_base, order.expires_at) == (Decimal("0.1"), Decimal("0.1"), later)
    assert OrderEvent.objects.get(kind="AMENDED").detail["is_priority_kept"] is True  # type: ignore[index]


def test_one_amend_at_a_time_and_nothing_is_taken_for_another(world: World) -> None:
    client = alder(world)
    world.place(client, "B", "BUY", "0.1", "50000.00")
    order = world.order(client, "B")
    amend(world, order, base_amount="0.12")
    held = world.balance(client, "USD")

    with pytest.raises(Refusal, match="AMEND_ALREADY_PENDING") as refused:
        amend(world, order, base_amount="0.12")

    assert refused.value.status == 409
    assert world.balance(client, "USD") == held
    world.match()
    assert world.order(client, "B").base_amount == Decimal("0.12")
    assert amend(world, order, base_amount="0.11").status == "PENDING"
    world.match()


def test_too_little_available_is_said_and_nothing_is_written(world: World) -> None:
    client = alder(world)
    world.place(client, "B", "BUY", "0.1", "50000.00")
    world.match()
    order = world.order(client, "B")

    with pytest.raises(Refusal, match="INSUFFICIENT_AVAILABLE") as refused:
        amend(world, order, base_amount="0.3")

    assert refused.value.meta["needed"] == "10020.000000"
    assert not Instruction.objects.filter(kind="AMEND").exists()
    assert world.balance(client, "USD") == (Decimal("10000"), Decimal("5010"))


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({}, "REQUEST_INVALID"),
        ({"stop_price": "50000"}, "REQUEST_INVALID"),
        ({"display_amount": "0.01"}, "REQUEST_INVALID"),
        ({"limit_price": "50000.25"}, "PRICE_OFF_TICK"),
        ({"base_amount": "0.00005"}, "AMOUNT_OFF_LOT"),
        ({"base_amount": "1001"}, "AMOUNT_ABOVE_MAXIMUM"),
        ({"base_amount": "999"}, "NOTIONAL_ABOVE_MAXIMUM"),
    ],
)
def test_the_door_takes_of_an_amend_what_it_takes_of_an_order(world: World, terms: dict[str, str], code: str) -> None:
    client = alder(world)
    world.place(client, "B", "BUY", "0.1", "50000.00")
    order = world.order(client, "B")

    with pytest.raises(Refusal, match=code):
        amend(world, order, **terms)

    assert not Instruction.objects.filter(kind="AMEND").exists()
