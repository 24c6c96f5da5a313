"""The door: what is taken, what is held, what is refused, and that nothing is stored when it is."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from core.domain.refusals import NotFound, Refusal
from settlement.models import LedgerAccount
from tests.world import Client, World
from trading.contracts import PlacedOrder
from trading.models import Instruction, Order


@pytest.fixture
def world(db: None) -> World:
    return World()


def refusal_of(world: World, client: Client, *terms: str | None, **more: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        world.place(client, "X", *terms, **more)  # type: ignore[arg-type]
    assert not Order.objects.exists()
    assert not Instruction.objects.filter(kind="PLACE").exists()
    assert not LedgerAccount.objects.filter(held__gt=0).exists()
    return caught.value


def test_a_buy_holds_its_notional_and_the_highest_fee(world: World) -> None:
    client = world.client("Alder", USD="1000.00")

    placed = world.place(client, "A", "BUY", "0.0100", "60000.00")

    assert (placed.is_replay, placed.order.status) == (False, "PENDING")
    assert world.balance(client, "USD") == (Decimal("1000"), Decimal("601.20"))
    assert (placed.order.held_amount, placed.order.held_asset) == (Decimal("601.20"), "USD")


def test_a_sell_holds_what_it_sells(world: World) -> None:
    client = world.client("Birch", BTC="1")

    world.place(client, "B", "SELL", "0.2500", "60000.00")

    assert world.balance(client, "BTC") == (Decimal(1), Decimal("0.25"))


def test_the_answer_to_a_placing_is_the_order_as_it_is_read(world: World) -> None:
    client = world.client("Alder", USD="1000.00")

    placed = world.place(client, "A", "BUY", "0.0100", "60000.00")
    again = world.place(client, "A", "BUY", "0.0100", "60000.00")

    assert again.is_replay
    assert again.order == placed.order
    assert Order.objects.count() == 1


def test_too_little_available_is_refused_with_what_there_is(world: World) -> None:
    client = world.client("Alder", USD="600.00")

    refusal = refusal_of(world, client, "BUY", "0.0100", "60000.00")

    assert refusal.code == "INSUFFICIENT_AVAILABLE"
    assert Decimal(refusal.meta["needed"]) == Decimal("601.20")
    assert Decimal(refusal.meta["available"]) == Decimal("600")
    assert refusal.meta["asset"] == "USD"


def test_a_used_id_with_other_terms_is_refused_with_the_difference(world: World) -> None:
    client = world.client("Alder", USD="1000.00")
    world.place(client, "A", "BUY", "0.0100", "60000.00")

    with pytest.raises(Refusal) as caught:
        world.place(client, "A", "BUY", "0.0100", "60000.50")

    assert caught.value.code == "CLIENT_ORDER_ID_REUSED"
    assert caught.value.meta["differences"] == [{"pointer": "/limit_price", "stored": "60000.00", "sent": "60000.50"}]
    assert world.balance(client, "USD")[1] == Decimal("601.20")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (("BUY", "0.0100", "60000.25"), "PRICE_OFF_TICK"),
        (("BUY", "0.00015", "60000.00"), "AMOUNT_OFF_LOT"),
        (("BUY", "1001", "60000.00"), "AMOUNT_ABOVE_MAXIMUM"),
        (("BUY", "0.0001", "0.50"), "NOTIONAL_BELOW_MINIMUM"),
        (("BUY", "1000", "60000.00"), "NOTIONAL_ABOVE_MAXIMUM"),
        (("BUY", "0.0100", None), "REFERENCE_PRICE_MISSING"),
    ],
)
def test_what_the_terms_of_the_market_forbid_is_refused(world: World, terms: tuple[str | None, ...], code: str) -> None:
    assert refusal_of(world, world.client("Alder", USD="1000000000.00"), *terms).code == code


def test_a_market_order_needs_a_bound_and_rounds_it_inward(world: World) -> None:
    client = world.client("Alder", USD="10000.00", BTC="1")
    world.set_reference("60000.50")

    buy = world.place(client, "A", "BUY", "0.0100", None)
    sell = world.place(client, "B", "SELL", "0.0100", None)

    # 60000.50 x 1.02 = 61200.51 and x 0.98 = 58800.49
    assert buy.order.protection_price == Decimal("61200.50")
    assert sell.order.protection_price == Decimal("58800.50")


def test_terms_that_do_not_fit_together_are_refused(world: World) -> None:
    client = world.client("Alder", USD="1000.00")

    refusal = refusal_of(world, client, "BUY", "0.0100", None, time_in_force="GTC")

    assert (refusal.code, refusal.status) == ("REQUEST_INVALID", 400)
    assert refusal.errors[0].code == "TERMS_NOT_ALLOWED"


def test_a_profile_of_another_entity_is_not_found(world: World) -> None:
    alder, birch = world.client("Alder", USD="1000.00"), world.client("Birch", USD="1000.00")
    foreign = Client(birch.entity_id, alder.profile_id, birch.credential)

    with pytest.raises(NotFound):
        world.place(foreign, "A", "BUY", "0.0100", "60000.00")
    with pytest.raises(NotFound):
        world.place(Client(alder.entity_id, uuid4(), alder.credential), "A", "BUY", "0.0100", "60000.00")


def test_an_order_costs_two_statements_besides_its_transaction(world: World) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        world.place(client, "A", "BUY", "0.0100", "60000.00")

    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 2, statements


@pytest.mark.django_db(transaction=True)
def test_one_id_posted_by_many_at_once_is_one_order() -> None:
    world = World()
    client = world.client("Alder", USD="601.20", BTC="1")

    def post(_number: int) -> PlacedOrder:
        try:
            return world.place(client, "A", "BUY", "0.0100", "60000.00")
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(64)))

    assert Order.objects.count() == 1
    assert Instruction.objects.filter(kind="PLACE").count() == 1
    assert sum(not answer.is_replay for answer in answers) == 1
    assert len({answer.order.id for answer in answers}) == 1
    assert world.balance(client, "USD") == (Decimal("601.20"), Decimal("601.20"))


@pytest.mark.django_db(transaction=True)
def test_many_orders_at_once_never_hold_more_than_there_is() -> None:
    world = World()
    client = world.client("Alder", USD="3006.00", BTC="1")

    def post(number: int) -> str:
        try:
            world.place(client, f"A-{number}", "BUY", "0.0100", "60000.00")
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "TAKEN"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(40)))

    assert sorted(set(answers)) == ["INSUFFICIENT_AVAILABLE", "TAKEN"]
    assert answers.count("TAKEN") == 5
    assert world.balance(client, "USD") == (Decimal("3006"), Decimal("3006"))
