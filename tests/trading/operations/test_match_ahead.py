"""A full batch has the next one matched beside it: nothing comes out otherwise, and the fence decides as between two matchers."""

import random
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import ProgrammingError

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import Refusal
from core.queries.verifying import verify_all
from tests.world import Client, World
from trading.models import Instruction, Order, OrderEvent, Trade
from trading.operations import match_market as matching
from trading.operations import write_batch as writing
from trading.operations.match_market import forget_books, match_market
from trading.tasks import match_market as match_by_task

BATCH = 8


@pytest.fixture
def world(db: None, settings) -> World:
    settings.MATCH_BATCH_SIZE = BATCH
    return World()


def crowd(world: World, name: str = "C") -> list[Client]:
    return [world.client(f"{name}{n}", USD="9000000.00", BTC="100") for n in range(4)]


def make_noise(world: World, clients: list[Client], orders: int, *, seed: int = 7) -> None:
    """Orders that cross now and then, and cancels of some of them, all waiting."""
    chance = random.Random(seed)
    placed = []
    for number in range(orders):
        client, side = chance.choice(clients), chance.choice(["BUY", "SELL"])
        price = Decimal(60_000) + chance.randint(-20, 20) * Decimal("0.5")
        order = world.place(client, f"o{number}", side, f"0.{chance.randint(1, 9):02d}", str(price))
        placed.append(order.order.id)
        if chance.random() < 0.2:
            try:
                world.cancel(chance.choice(placed))
            except Refusal as refusal:
                assert refusal.code == "ORDER_ALREADY_CLOSED"


def drain(world: World, *, looks_ahead: bool) -> None:
    while match_market(market_id=world.market_id, at=world.at, looks_ahead=looks_ahead).instructions:
        pass
    forget_books()


def told(world: World, *, after: int) -> list[tuple[object, ...]]:
    """The market's history without ids, from where it stood."""
    events = OrderEvent.objects.filter(market_id=world.market_id, sequence__gt=after).order_by("sequence")
    names = dict(Order.objects.values_list("id", "client_order_id"))
    columns = ("kind", "order_id", "price", "leaves_base", "last_price", "last_base", "fee", "hold_change", "best_bid")
    return [(row[0], names.get(row[1]), *row[2:]) for row in events.values_list(*columns)]


def is_whole(world: World) -> None:
    """Every instruction once, positions and sequences without a gap, orders and accounts that agree."""
    count = Instruction.objects.count()
    assert list(Instruction.objects.order_by("position").values_list("position", flat=True)) == list(
        range(1, count + 1)
    )
    sequences = list(OrderEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, world.market.sequence + 1))
    # Histories of rows are written as a transaction commits, which a test does not.
    asked = [each for each in INVARIANTS if each.number != "V31"]
    assert not [verdict for verdict in verify_all(asked, at=now()) if verdict.count or verdict.error]


def test_what_is_matched_ahead_comes_to_the_same_history(world: World) -> None:
    """The same story twice, each told by clients of its own to an empty book."""
    histories = []
    for looks_ahead in (False, True):
        began = world.market.sequence
        make_noise(world, crowd(world, str(looks_ahead)), 60)
        drain(world, looks_ahead=looks_ahead)
        histories.append(told(world, after=began))
        for order in Order.objects.filter(status="OPEN"):
            world.cancel(order.pk)
        drain(world, looks_ahead=False)

    assert histories[0] == histories[1]
    assert any(kind == "TRADED" for kind, *_ in histories[0])
    is_whole(world)


def test_a_full_batch_has_the_next_one_in_hand_and_the_last_has_none(world: World) -> None:
    make_noise(world, crowd(world), 20)

    first = match_market(market_id=world.market_id, at=world.at, looks_ahead=True)

    ids, _ = matching._ahead[str(world.market_id)]
    assert (first.instructions, len(ids)) == (BATCH, BATCH)
    assert Instruction.objects.filter(id__in=ids, status="PENDING").count() == BATCH
    match_market(market_id=world.market_id, at=world.at)
    assert Instruction.objects.filter(id__in=ids, status="PENDING").count() == 0
    assert not matching._ahead


def test_the_task_matches_all_of_it(world: World, settings) -> None:
    settings.MATCH_SECONDS_PER_TASK = 60
    make_noise(world, crowd(world), 50)

    assert match_by_task(str(world.market_id)) == Instruction.objects.count()

    assert not matching._ahead
    is_whole(world)


def test_a_task_whose_time_is_up_leaves_nothing_in_hand(world: World, settings) -> None:
    settings.MATCH_SECONDS_PER_TASK = 0
    make_noise(world, crowd(world), 50)

    assert match_by_task(str(world.market_id)) == BATCH

    assert not matching._ahead


def test_what_another_matcher_has_done_meanwhile_is_not_done_again(world: World) -> None:
    """Two processes, told as one that changes its memory: the second matches what the first has in hand."""
    make_noise(world, crowd(world), 40)
    match_market(market_id=world.market_id, at=world.at, looks_ahead=True)
    memory = dict(matching._live), dict(matching._ahead)
    matching._live.clear()
    matching._ahead.clear()
    match_market(market_id=world.market_id, at=world.at)
    forget_books()
    matching._live.update(memory[0])
    matching._ahead.update(memory[1])

    drain(world, looks_ahead=True)

    is_whole(world)


def test_a_batch_that_cannot_be_written_takes_the_next_one_with_it(world: World, monkeypatch) -> None:
    make_noise(world, crowd(world), 40)
    # The same damage as a database that refuses a row: the batch's own statements meet a table that is not there.
    broken = writing.UPDATE_INSTRUCTIONS.replace("trading_instruction", "trading_nothing")
    with monkeypatch.context() as damage:
        damage.setattr(writing, "UPDATE_INSTRUCTIONS", broken)
        with pytest.raises(ProgrammingError):
            match_market(market_id=world.market_id, at=world.at, looks_ahead=True)

    assert not matching._ahead
    assert not matching._live
    assert sorted(set(Instruction.objects.values_list("attempts", flat=True))) == [0, 1]
    assert not Trade.objects.exists()
    drain(world, looks_ahead=True)
    is_whole(world)


def test_what_cannot_be_matched_ahead_counts_against_its_own_batch(world: World) -> None:
    make_noise(world, crowd(world), 10)
    poison = Instruction.objects.create(
        market_id=world.market_id, kind="CHANGE_PHASE", payload={}, instructed_at=world.at, actor_id=UUID(int=1),
        initiator="FIRM",
    )  # fmt: skip

    assert match_market(market_id=world.market_id, at=world.at, looks_ahead=True).instructions == BATCH
    with pytest.raises(KeyError):
        match_market(market_id=world.market_id, at=world.at, looks_ahead=True)

    poison.refresh_from_db()
    assert poison.attempts == 1
    assert not Instruction.objects.filter(attempts__gt=0, position__isnull=False).exists()


def test_nothing_is_matched_ahead_of_terms_that_change(world: World) -> None:
    clients = crowd(world)
    make_noise(world, clients, 4)
    world.change_phase("HALTED")
    make_noise(world, clients, 0)
    world.place(clients[0], "later", "BUY", "0.1", "50000.00")
    for number in range(20):
        world.place(clients[1], f"x{number}", "BUY", "0.1", "40000.00")

    match_market(market_id=world.market_id, at=world.at, looks_ahead=True)

    assert not matching._ahead
    assert world.market.phase == "HALTED"


def test_a_halt_waits_for_the_batch_in_hand_and_for_no_other(world: World) -> None:
    """A backlog of full batches, one of them matched ahead, when somebody halts the market."""
    make_noise(world, crowd(world), 60)
    match_market(market_id=world.market_id, at=world.at, looks_ahead=True)
    assert matching._ahead
    world.change_phase("HALTED")

    match_market(market_id=world.market_id, at=world.at, looks_ahead=True)
    match_market(market_id=world.market_id, at=world.at, looks_ahead=True)

    assert world.market.phase == "HALTED"
    halt = Instruction.objects.get(kind="CHANGE_PHASE", goes_first=True)
    assert halt.position == 1 + 2 * BATCH
    traded = Trade.objects.count()
    drain(world, looks_ahead=True)
    assert Trade.objects.count() == traded
