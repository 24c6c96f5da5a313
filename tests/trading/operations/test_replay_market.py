"""A market's instructions applied again come to its record; where the record was changed, the place is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from tests.trading.operations.test_restored_books import Stream
from trading.models import Instruction, Market, MarketBatch, OrderEvent, Trade
from trading.operations.match_market import forget_books
from trading.queries import replay_market as replaying
from trading.queries.replay_market import Difference, Verdict, replay_market

STEPS = 260


class Undone(Exception):
    """What was tampered with is put back."""


@pytest.fixture
def hostile(db: None, monkeypatch: pytest.MonkeyPatch) -> Stream:
    """A day of everything, in batches of all sizes, the book read again now and then; replayed in sections of seventy."""
    monkeypatch.setattr(replaying, "INSTRUCTIONS_A_SECTION", 70)
    stream = Stream(3)
    run(stream, STEPS)
    hold_auction(stream)
    run(stream, STEPS // 4)
    return stream


def run(stream: Stream, steps: int) -> None:
    for _ in range(steps):
        stream.step()
        if stream.random.random() < 0.3:
            stream.world.match()
            if stream.random.random() < 0.3:
                forget_books()
    stream.world.match()


def hold_auction(stream: Stream) -> None:
    """Of orders that cross, without switches and bands."""
    if stream.killed is not None:
        stream.kill()
    stream.say("SET_PARAMETERS", entry_band=None, execution_band=None)
    stream.say("CHANGE_PHASE", phase="AUCTION", reason="TESTS")
    buyer, seller = stream.clients[:2]
    stream.world.match()
    stream.world.place(buyer, "auction-buy", "BUY", "0.0100", "60008.00")
    stream.world.place(seller, "auction-sell", "SELL", "0.0060", "59992.00")
    stream.say("CHANGE_PHASE", phase="OPEN", reason="TESTS")
    stream.world.match()


def replay(stream: Stream, **options: int) -> Verdict:
    return replay_market(symbol=stream.world.market.symbol, **options)


def difference_of(stream: Stream) -> Difference:
    found = replay(stream).difference
    assert found is not None
    return found


def tamper(statement: str, *values: object) -> None:
    """As somebody who owns the database would, who has put its triggers to sleep."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def tampered(statement: str, *values: object) -> Iterator[None]:
    try:
        with transaction.atomic():
            tamper(statement, *values)
            yield
            raise Undone
    except Undone:
        pass


def position_of(event: OrderEvent) -> int:
    position = Instruction.objects.get(id=event.instruction_id).position
    assert position is not None
    return position


def test_a_hostile_day_is_what_its_instructions_come_to_and_whatever_is_changed_of_it_is_named(hostile: Stream) -> None:
    it_replays_clean(hostile)
    it_stops_on_the_way_and_compares_only_the_end(hostile)
    what_was_changed_is_named_with_its_place(hostile)
    an_order_that_was_changed_is_named(hostile)
    an_instruction_that_says_something_else_comes_to_something_else(hostile)
    the_command_fails_by_its_exit(hostile)


def it_replays_clean(hostile: Stream) -> None:
    verdict = replay(hostile)
    market: Market = hostile.world.market

    assert verdict.difference is None, str(verdict.difference)
    assert verdict.position == market.position == Instruction.objects.filter(position__isnull=False).count()
    assert (verdict.events, verdict.trades) == (OrderEvent.objects.count(), Trade.objects.count())
    assert verdict.hashes == MarketBatch.objects.count() > 20
    assert verdict.state_hash == MarketBatch.objects.order_by("-last_position")[0].state_hash
    kinds = set(OrderEvent.objects.values_list("kind", flat=True))
    assert kinds >= {
        "TRADED", "PREVENTED", "PARKED", "TRIGGERED", "REFILLED", "AMENDED", "AMEND_REFUSED", "MASS_CANCELLED", "KILL_ENGAGED",
        "UNCROSSED", "PHASE_CHANGED", "PARAMETERS_CHANGED", "EXPIRED",
    }  # fmt: skip
    assert OrderEvent.objects.filter(kind="AMENDED").values("order_id").distinct().count() > 3


def it_stops_on_the_way_and_compares_only_the_end(hostile: Stream) -> None:
    batch = MarketBatch.objects.order_by("first_position")[12]
    half = replay(hostile, until=batch.last_position)
    assert (half.difference, half.position, half.state_hash) == (None, batch.last_position, batch.state_hash)

    event = OrderEvent.objects.filter(kind="ACCEPTED").order_by("sequence")[0]
    with tampered("UPDATE trading_orderevent SET leaves_base = leaves_base + 1 WHERE id = %s", event.pk):
        assert replay(hostile, from_position=150).difference is None
        assert difference_of(hostile).position == position_of(event)


def what_was_changed_is_named_with_its_place(hostile: Stream) -> None:
    event = OrderEvent.objects.filter(kind="TRADED").order_by("sequence")[20]
    rested = OrderEvent.objects.filter(kind="RESTED").order_by("sequence")[9]
    trade = Trade.objects.order_by("sequence")[11]
    batch = MarketBatch.objects.order_by("first_position")[8]
    posting = "(SELECT min(id) FROM settlement_posting WHERE entry_id = %s)"
    cases = [
        ("event, fee", event.sequence, "UPDATE trading_orderevent SET fee = fee + 0.01 WHERE id = %s", event.pk),
        ("event", rested.sequence, "DELETE FROM trading_orderevent WHERE id = %s", rested.pk),
        (
            "trade, seller_fee",
            trade.sequence,
            "UPDATE trading_trade SET seller_fee = seller_fee + 1 WHERE id = %s",
            trade.pk,
        ),
        ("trade", trade.sequence, "DELETE FROM trading_trade WHERE id = %s", trade.pk),
        (
            f"postings of entry {trade.entry_id}",
            trade.sequence,
            f"UPDATE settlement_posting SET amount = amount + 0.01 WHERE id = {posting}",
            trade.entry_id,
        ),
        (
            "last sequence of the batch",
            batch.last_sequence,
            "UPDATE trading_marketbatch SET last_sequence = last_sequence + 1 WHERE id = %s",
            batch.pk,
        ),
        (
            "state hash",
            batch.last_sequence,
            f"UPDATE trading_marketbatch SET state_hash = '{'0' * 64}' WHERE id = %s",
            batch.pk,
        ),
    ]
    for what, sequence, statement, key in cases:
        with tampered(statement, key):
            found = difference_of(hostile)
            assert (found.what, found.position) == (what, _position_at(sequence)), str(found)
    with tampered("DELETE FROM trading_instruction WHERE position = %s", batch.last_position):
        found = difference_of(hostile)
        assert (found.what, found.position) == ("instruction", batch.last_position)


def _position_at(sequence: int) -> int:
    events = OrderEvent.objects.filter(sequence__lte=sequence).order_by("-sequence")
    return position_of(events[0])


def an_order_that_was_changed_is_named(hostile: Stream) -> None:
    for statuses in (["FILLED", "CANCELLED"], ["OPEN", "DORMANT"]):
        order = hostile.world.market.orders.filter(status__in=statuses, quote_amount=None).order_by("id")[0]
        with tampered("UPDATE trading_order SET fee_charged = fee_charged + 0.01 WHERE id = %s", order.pk):
            found = difference_of(hostile)
            assert (found.sequence, found.what) == (order.last_sequence, f"order {order.pk}, fee_charged")
    lost = hostile.world.market.orders.filter(status="CANCELLED").order_by("id")[1]
    reopened = "UPDATE trading_order SET status = 'OPEN', done_reason = '', closed_at = NULL WHERE id = %s"
    with tampered(reopened, lost.pk):
        assert difference_of(hostile).what == f"order {lost.pk}, status"


def an_instruction_that_says_something_else_comes_to_something_else(hostile: Stream) -> None:
    amend = Instruction.objects.filter(kind="AMEND", status="APPLIED").order_by("position")[1]
    with tampered('UPDATE trading_instruction SET payload = \'{"base_amount": "0.00005"}\' WHERE id = %s', amend.pk):
        found = difference_of(hostile)
        assert (found.position, found.what) == (amend.position, f"instruction {amend.pk}")
    with tampered('UPDATE trading_instruction SET payload = \'{"base_amount": "9.0000"}\' WHERE id = %s', amend.pk):
        assert difference_of(hostile).position == amend.position


def the_command_fails_by_its_exit(hostile: Stream) -> None:
    out, err, symbol = StringIO(), StringIO(), hostile.world.market.symbol
    call_command("replay_market", symbol, stdout=out)
    assert "the record is what its instructions come to" in out.getvalue()

    trade = Trade.objects.order_by("sequence")[3]
    change = "UPDATE trading_trade SET price = price + 1, quote_amount = (price + 1) * base_amount WHERE id = %s"
    with tampered(change, trade.pk), pytest.raises(SystemExit) as stopped:
        call_command("replay_market", symbol, stdout=out, stderr=err)
    assert stopped.value.code == 1
    assert f"sequence {trade.sequence}: trade, price: the record has" in err.getvalue()
    with pytest.raises(CommandError, match="there is no market"):
        call_command("replay_market", "NOTHING-USD")
