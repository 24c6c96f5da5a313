"""Candles are what the trades came to: kept as the market goes on, made anew from the trades alone, the same either way."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ids import new_id
from tests.world import World
from trading.models import Candle, CandleCursor, Ticker, Trade
from trading.operations import keep_candles as keeping
from trading.operations.keep_candles import keep_candles
from trading.operations.rebuild_candles import rebuild_candles
from trading.tasks import keep_candles as keep_all

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
WIDTHS = {"1M": 60, "5M": 300, "15M": 900, "1H": 3600, "1D": 86400}
FIGURES = (
    "interval", "opens_at", "open", "high", "low", "close", "base_volume", "quote_volume", "trade_count", "last_sequence",
)  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return World()


@contextmanager
def around_the_guards() -> Iterator[Any]:
    """As the owner with triggers asleep: history is made up here, and trades change their status."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


class Tape:
    """A market whose trades and busts are written straight into its history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sequence = world.market.sequence

    def trade(self, at: datetime, price: str, amount: str = "1") -> Trade:
        self.sequence += 2
        with around_the_guards():
            trade = Trade.objects.create(
                market_id=self.world.market_id, sequence=self.sequence - 1, buy_order_id=uuid4(), sell_order_id=uuid4(),
                buy_profile_id=uuid4(), sell_profile_id=uuid4(), maker_side="BUY", price=Decimal(price),
                base_amount=Decimal(amount), quote_amount=Decimal(price) * Decimal(amount), buyer_fee=0, seller_fee=0,
                traded_at=at, business_date=at.date(), settlement_date=at.date(), entry_id=uuid4(),
            )  # fmt: skip
        self._move()
        return trade

    def bust(self, trade: Trade) -> None:
        self.sequence += 2
        with around_the_guards() as cursor:
            cursor.execute("UPDATE trading_trade SET status = 'BUSTED' WHERE id = %s", [trade.pk])
            cursor.execute(
                "INSERT INTO trading_orderevent (id, market_id, sequence, instruction_id, kind, trade_id, initiator,"
                " actor_id, event_at, business_date, phase, last_price, last_base, hold_change)"
                " SELECT %s, market_id, %s, 1, 'BUSTED', id, 'FIRM', %s, traded_at, business_date, 'OPEN', price,"
                " base_amount, 0 FROM trading_trade WHERE id = %s",
                [new_id(), self.sequence - 1, uuid4(), trade.pk],
            )
        self._move()

    def _move(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE trading_market SET sequence = %s WHERE id = %s", [self.sequence, self.world.market_id]
            )


def candles(interval: str | None = None) -> list[tuple[Any, ...]]:
    rows = Candle.objects.order_by("interval", "opens_at")
    return list((rows.filter(interval=interval) if interval else rows).values_list(*FIGURES))


def expected(world: World) -> list[tuple[Any, ...]]:
    """What the trades that stand come to, told by Python."""
    found: dict[tuple[str, datetime], list[Trade]] = {}
    standing = Trade.objects.filter(market_id=world.market_id).exclude(status__in=["BUSTED", "CORRECTED"])
    for trade in standing.order_by("traded_at", "sequence"):
        for name, width in WIDTHS.items():
            at = trade.traded_at.timestamp()
            found.setdefault((name, datetime.fromtimestamp(at - at % width, UTC)), []).append(trade)
    return [
        (
            name, opens_at, trades[0].price, max(t.price for t in trades), min(t.price for t in trades), trades[-1].price,
            sum(t.base_amount for t in trades), sum(t.quote_amount for t in trades), len(trades),
            max(t.sequence for t in trades),
        )
        for (name, opens_at), trades in sorted(found.items())
    ]  # fmt: skip


def keep(world: World) -> None:
    while keep_candles(market_id=world.market_id):
        pass


def test_trades_go_into_the_candles_of_their_time(world: World) -> None:
    tape, noon = Tape(world), MIDNIGHT + timedelta(hours=12)
    for seconds, price, amount in ((5, "100", "1"), (59, "104", "2"), (60, "98", "1"), (7200, "99", "3")):
        tape.trade(noon + timedelta(seconds=seconds), price, amount)
    keep(world)

    minutes = candles("1M")
    assert [row[1] for row in minutes] == [noon, noon + timedelta(minutes=1), noon + timedelta(hours=2)]
    assert minutes[0][2:9] == (100, 104, 100, 104, 3, 308, 2)
    assert candles("5M")[0][2:9] == (100, 104, 98, 98, 4, 406, 3)
    assert candles("1D")[0][1:9] == (MIDNIGHT, 100, 104, 98, 99, 7, 703, 4)
    assert candles() == expected(world)
    assert CandleCursor.objects.get().sequence == world.market.sequence

    tape.trade(noon + timedelta(hours=2, seconds=1), "120")
    keep(world)
    assert candles("1M")[-1][2:9] == (99, 120, 99, 120, 4, 417, 2)
    assert candles() == expected(world)


def test_real_trades_make_the_same_candles(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="1000000.00")
    for number in range(6):
        world.place(seller, f"S{number}", "SELL", "0.5", f"{60000 + number}.00")
    world.place(buyer, "B", "BUY", "2.2", "60009.00")
    world.match()
    assert keep_all() == world.market.sequence
    assert candles() == expected(world)
    assert keep_all() == 0


def test_an_outage_is_made_up_for_piece_by_piece(world: World, settings: Any) -> None:
    settings.CANDLE_EVENTS_A_RUN = 3
    tape = Tape(world)
    for number in range(10):
        tape.trade(MIDNIGHT + timedelta(seconds=50 * number), str(100 + number % 3))
    assert keep_candles(market_id=world.market_id) == 3
    assert keep_all() == world.market.sequence - 3
    assert candles() == expected(world)


def test_a_bust_makes_its_candles_anew_and_takes_away_those_that_are_empty(world: World) -> None:
    tape, noon = Tape(world), MIDNIGHT + timedelta(hours=12)
    tape.trade(noon, "100")
    highest = tape.trade(noon + timedelta(seconds=1), "150")
    tape.trade(noon + timedelta(seconds=2), "101")
    alone = tape.trade(noon + timedelta(hours=3), "50")
    keep(world)
    assert candles("1D")[0][2:6] == (100, 150, 50, 50)

    tape.bust(highest)
    tape.bust(alone)
    keep(world)
    assert candles("1D")[0][2:6] == (100, 101, 100, 101)
    assert len(candles("1H")) == 1
    assert candles() == expected(world)


def test_a_correction_with_the_time_of_what_it_corrects_takes_its_place(world: World) -> None:
    tape, noon = Tape(world), MIDNIGHT + timedelta(hours=12)
    wrong = tape.trade(noon, "1000")
    tape.trade(noon + timedelta(seconds=1), "101")
    tape.trade(noon + timedelta(hours=1), "102")
    keep(world)
    tape.bust(wrong)
    tape.trade(noon, "100")
    keep(world)
    assert candles("1D")[0][2:6] == (100, 102, 100, 102)
    assert candles() == expected(world)


def test_many_busts_are_made_anew_by_their_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MINUTES_ONE_BY_ONE", 1)
    tape = Tape(world)
    trades = [tape.trade(MIDNIGHT + timedelta(hours=7 * number), str(100 + number)) for number in range(8)]
    keep(world)
    for trade in trades[1::2]:
        tape.bust(trade)
    keep(world)
    assert candles() == expected(world)


def test_a_bust_corrects_the_day_of_the_ticker(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="1000000.00")
    world.place(seller, "S1", "SELL", "0.5", "60000.00")
    world.place(seller, "S2", "SELL", "0.5", "60100.00")
    world.place(buyer, "B", "BUY", "0.6", "60100.00")
    world.match()
    tape = Tape(world)
    first, second = Trade.objects.order_by("sequence")
    tape.bust(second)
    keep(world)
    ticker = Ticker.objects.get()
    assert (ticker.day_open, ticker.day_high, ticker.day_base_volume) == (60000, 60000, Decimal("0.5"))
    tape.bust(first)
    keep(world)
    ticker = Ticker.objects.get()
    assert (ticker.day, ticker.day_open, ticker.day_base_volume) == (None, None, None)
    assert ticker.last_price == 60100


def test_the_command_makes_them_anew(world: World) -> None:
    tape = Tape(world)
    for number in range(5):
        tape.trade(MIDNIGHT + timedelta(hours=9 * number), str(100 + number))
    keep(world)
    before = candles()
    Candle.objects.filter(interval="1H").update(high=10_000, trade_count=77)
    Candle.objects.filter(interval="1D").first().delete()  # type: ignore[union-attr]
    said = StringIO()
    call_command("rebuild_candles", market="BTC-USD", stdout=said)
    assert said.getvalue() == f"BTC-USD: {len(before)} candles\n"
    assert candles() == before
    assert keep_candles(market_id=world.market_id) == 0
    with pytest.raises(CommandError, match="no market"):
        call_command("rebuild_candles", market="NO-NO")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), at_once=st.sampled_from([1, 5, 1000]))
def test_rebuilt_is_as_kept(world: World, seed: int, at_once: int) -> None:
    """Whatever comes, busts and late trades among it, and however it is cut into runs."""
    point = transaction.savepoint()
    try:
        go_through(world, random.Random(seed), at_once)
    finally:
        transaction.savepoint_rollback(point)


def go_through(world: World, rng: random.Random, at_once: int) -> None:
    tape, at = Tape(world), MIDNIGHT + timedelta(minutes=rng.randrange(3000))
    trades = []
    for _ in range(rng.randrange(1, 25)):
        if trades and rng.random() < 0.2:
            tape.bust(trades.pop(rng.randrange(len(trades))))
        else:
            at += timedelta(seconds=rng.choice((0, 1, 20, 61, 400, 4000, 90_000)))
            late = trades[0].traded_at if trades and rng.random() < 0.1 else at
            trades.append(tape.trade(late, str(rng.randrange(90, 110)), str(rng.randrange(1, 9))))
        if rng.randrange(at_once) == 0:
            keep(world)
    keep(world)
    kept = candles()
    assert kept == expected(world)
    rebuild_candles(market_id=world.market_id)
    assert candles() == kept
