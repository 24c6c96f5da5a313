"""The matcher: batches under the fence, and what becomes of what cannot be matched."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from core.clock import now
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, Posting
from tests.world import World
from trading.models import Instruction, Order, OrderEvent, Trade
from trading.operations.cancel_order import cancel_order
from trading.operations.match_market import forget_books, match_market


@pytest.fixture
def world(db: None) -> World:
    return World()


def change_phase(world: World, phase: str) -> None:
    world.change_phase(phase)
    world.match()


def test_better_prices_first_then_the_older_order(world: World) -> None:
    late, early, better = (world.client(name, BTC="1") for name in ("Late", "Early", "Better"))
    buyer = world.client("Buyer", USD="100000.00")
    world.place(early, "E", "SELL", "0.5", "60000.00")
    world.place(late, "L", "SELL", "0.5", "60000.00")
    world.place(better, "B", "SELL", "0.5", "59999.50")
    world.place(buyer, "X", "BUY", "0.7", "60000.00")
    world.match()

    traded = list(Trade.objects.order_by("sequence").values_list("sell_order__client_order_id", "price", "base_amount"))

    assert traded == [("B", Decimal("59999.5"), Decimal("0.5")), ("E", Decimal("60000"), Decimal("0.2"))]
    assert world.order(late, "L").filled_base == 0


def test_what_an_ioc_order_cannot_fill_expires_and_its_hold_is_freed(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="10000.00")
    world.place(seller, "S", "SELL", "0.05", "60000.00")
    world.place(buyer, "B", "BUY", "0.10", "60000.00", time_in_force="IOC")
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.done_reason) == ("EXPIRED", "IOC_REMAINDER")
    assert (order.filled_base, order.lapsed_base, order.remaining_base) == (Decimal("0.05"), Decimal("0.05"), 0)
    assert world.balance(buyer, "USD") == (Decimal("6994"), 0)


def test_a_market_order_stops_at_its_protection_price(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="100000.00")
    world.set_reference("60000.00")
    world.place(seller, "S1", "SELL", "0.1", "61000.00")
    world.place(seller, "S2", "SELL", "0.1", "61500.00")
    world.place(buyer, "B", "BUY", "0.2", None)
    world.match()

    order = world.order(buyer, "B")

    assert (order.status, order.done_reason) == ("EXPIRED", "PROTECTION_PRICE_REACHED")
    assert order.filled_base == Decimal("0.1")


def test_one_does_not_trade_with_oneself(world: World) -> None:
    client = world.client("Alder", USD="100000.00", BTC="1")
    world.place(client, "S", "SELL", "0.1", "60000.00")
    world.place(client, "B", "BUY", "0.1", "60000.00")
    world.match()

    order = world.order(client, "B")

    assert (order.status, order.done_reason) == ("CANCELLED", "SELF_TRADE")
    assert not Trade.objects.exists()
    assert world.order(client, "S").status == "OPEN"
    assert OrderEvent.objects.filter(kind="PREVENTED").count() == 1
    assert world.balance(client, "USD") == (Decimal("100000"), 0)


def test_a_halted_market_takes_no_order_and_rejects_the_one_already_on_its_way(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    world.place(client, "open", "BUY", "0.1", "60000.00")
    world.match()
    change_phase(world, "HALTED")
    with pytest.raises(Refusal, match="PHASE_NOT_ALLOWED"):
        world.place(client, "door", "BUY", "0.1", "60000.00")
    world.cancel(world.order(client, "open").id)
    world.match()
    assert world.order(client, "open").status == "CANCELLED"

    world.reopen()
    # Halted after the door, before the engine: the halt has the lower instruction id.
    world.change_phase("HALTED")
    world.place(client, "late", "BUY", "0.1", "60000.00")
    world.match()
    late = world.order(client, "late")
    assert (late.status, late.done_reason) == ("REJECTED", "PHASE_NOT_ALLOWED")
    assert world.balance(client, "USD") == (Decimal("100000"), 0)


def test_a_cancel_that_comes_too_late_is_refused_in_the_log(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1"), world.client("Alder", USD="10000.00")
    sell = world.place(seller, "S", "SELL", "0.1", "60000.00")
    world.place(buyer, "B", "BUY", "0.1", "60000.00")
    first = world.cancel(sell.order.id)
    assert world.cancel(sell.order.id) == first
    world.match()

    instruction = Instruction.objects.get(pk=first)

    assert (instruction.status, instruction.refusal) == ("REFUSED", "ORDER_ALREADY_CLOSED")
    with pytest.raises(Refusal, match="ORDER_ALREADY_CLOSED"):
        world.cancel(sell.order.id)


def test_a_matcher_that_has_lost_its_memory_goes_on_as_if_it_had_not(world: World) -> None:
    """The same orders, matched with and without a restart between any two, come to the same fills and fees."""
    results = []
    for is_forgetful in (False, True):
        suffix = "f" if is_forgetful else "r"
        seller = world.client(f"Seller-{suffix}", BTC="2")
        buyer = world.client(f"Buyer-{suffix}", USD="200000.00")
        steps = [
            (seller, f"S1{suffix}", "SELL", "0.3001", "60000.00"),
            (buyer, f"B1{suffix}", "BUY", "0.1003", "60010.00"),
            (buyer, f"B2{suffix}", "BUY", "0.5", "59990.50"),
            (seller, f"S2{suffix}", "SELL", "0.1002", "59990.00"),
            (buyer, f"B3{suffix}", "BUY", "0.1998", "60000.00"),
            (seller, f"S3{suffix}", "SELL", "0.3998", "59000.00"),
        ]
        for client, name, side, amount, price in steps:
            world.place(client, name, side, amount, price)
            world.match()
            if is_forgetful:
                forget_books()
        results.append((world.balance(buyer, "USD"), world.balance(seller, "BTC"), world.balance(seller, "USD")))
        assert not Order.objects.filter(status="OPEN").exists()

    assert results[0] == results[1]
    assert results[0][0][1] == 0


def test_what_fails_five_times_is_parked_and_its_market_halts(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    world.place(client, "before", "BUY", "0.1", "50000.00")
    poison = Instruction.objects.create(
        market_id=world.market_id, kind="CHANGE_PHASE", payload={}, instructed_at=world.at, actor_id=UUID(int=1),
        initiator="FIRM",
    )  # fmt: skip
    world.place(client, "after", "BUY", "0.1", "50000.00")

    failures = 0
    for _ in range(10):
        try:
            if not world.match().instructions:
                break
        except KeyError:
            failures += 1

    poison.refresh_from_db()
    assert failures == 5
    assert (poison.status, poison.attempts) == ("PENDING", 5)
    assert world.market.phase == "HALTED"
    assert world.order(client, "before").status == "OPEN"
    # The halt waits for nobody.
    assert (world.order(client, "after").status, world.order(client, "after").done_reason) == (
        "REJECTED", "PHASE_NOT_ALLOWED",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_pause_of_the_machine_is_no_instructions_fault() -> None:
    world = World()
    client = world.client("Alder", USD="100000.00")
    world.place(client, "A", "BUY", "0.1", "50000.00")

    def pause(execute: Any, sql: Any, *rest: Any) -> Any:
        if str(sql).lstrip().startswith("UPDATE trading_instruction"):
            time.sleep(0.5)
        return execute(sql, *rest)

    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")
    with connection.execute_wrapper(pause), pytest.raises(DatabaseError):
        world.match()
    connection.close()

    assert Instruction.objects.get(kind="PLACE").attempts == 0
    world.match()
    assert world.order(client, "A").status == "OPEN"


@pytest.mark.django_db(transaction=True)
def test_two_matchers_of_one_market_do_each_instruction_once() -> None:
    world = World()
    sellers = [world.client(f"S{n}", BTC="10") for n in range(4)]
    buyers = [world.client(f"B{n}", USD="1000000.00") for n in range(4)]
    for number in range(60):
        world.place(sellers[number % 4], f"s{number}", "SELL", "0.01", "60000.00")
        world.place(buyers[number % 4], f"b{number}", "BUY", "0.01", "60000.00")

    def match(_number: int) -> int:
        try:
            return match_market(market_id=world.market_id, at=now()).instructions
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(match, range(8)))

    assert sum(done) == 120
    assert Trade.objects.count() == 60
    positions = list(Instruction.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, 121))
    sequences = list(OrderEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, world.market.sequence + 1))
    assert Posting.objects.filter(entry__kind="TRADE").count() == 240
    assert sum(LedgerAccount.objects.filter(asset=world.usd).values_list("balance", flat=True)) == 0


def test_what_an_operator_cancels_is_on_the_record(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    placed = world.place(client, "A", "BUY", "0.1", "50000.00")
    world.match()
    operator = Actor("PERSON", UUID(int=7), request_id="R-1")
    cancel_order(order_id=placed.order.id, actor=operator, at=world.at)
    world.match()

    order = world.order(client, "A")
    entry = AuditEntry.objects.get(action="trading.order.cancel")

    assert (order.status, order.done_reason) == ("CANCELLED", "OPERATOR_REQUEST")
    assert (entry.object_id, entry.actor_id, entry.request_id) == (str(order.id), UUID(int=7), "R-1")
