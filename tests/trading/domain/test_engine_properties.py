"""What holds of every market, whatever is asked of it: amounts are kept, turns are kept, bounds are kept."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.domain.engine_runs import assert_sound, spell_out
from trading.domain.auction import indicative
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.collars import execution_bounds
from trading.domain.engine import apply
from trading.domain.instruction import Amendment, Selection
from trading.domain.parameters import Parameters
from trading.domain.snapshot import book_of, take_snapshot
from trading.domain.state_hash import StateHash, state_hash

SECOND = 1_000_000
MODES = ["CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL"]
PHASES = ["OPEN", "OPEN", "OPEN", "AUCTION", "AUCTION", "POST_ONLY", "CANCEL_ONLY", "HALTED", "CLOSED"]
PRICES, LOTS = st.integers(95, 105), st.integers(1, 9)
# Type, whether it may rest, whether it is fill-or-kill; what is more likely stands there more often.
TERMS = [
    *[("LIMIT", True, False)] * 4, ("LIMIT", False, False), ("LIMIT", False, True), ("POST_ONLY_LIMIT", True, False),
    ("MARKET", False, False), ("MARKET", False, True), ("BUDGET", False, False), *[("ICEBERG", True, False)] * 2,
    ("STOP_LIMIT", True, False), ("STOP_MARKET", False, False),
]  # fmt: skip


@st.composite
def orders(draw: st.DrawFn, number: int, at: int) -> dict:
    order_type, may_rest, is_fok = draw(st.sampled_from(TERMS))
    is_budget, is_stop = order_type == "BUDGET", order_type.startswith("STOP")
    lots = 0 if is_budget else draw(LOTS)
    terms = {
        "order_id": number,
        "is_buy": is_budget or draw(st.booleans()),
        "price": draw(PRICES),
        "amount": lots,
        "remaining": lots,
        "is_resting_allowed": may_rest,
        "is_market": order_type in ("MARKET", "BUDGET", "STOP_MARKET"),
        "group": draw(st.integers(0, 3)),
        "order_type": "MARKET" if is_budget else order_type,
        "is_fill_or_kill": is_fok,
        "mode": draw(st.sampled_from(MODES)),
        "budget": draw(st.integers(1, 2_000)) if is_budget else None,
        "stop_price": draw(PRICES) if is_stop else None,
        "profile": draw(st.integers(0, 2)),
    }
    if order_type == "ICEBERG":
        terms |= {"amount": lots * 3, "remaining": lots * 3, "display": lots}
    if may_rest and draw(st.integers(0, 3)) == 0:
        terms["expires_at"] = at + draw(st.integers(0, 40)) * SECOND
    return terms


def amendments(number: int) -> st.SearchStrategy[tuple]:
    term = st.none()
    wishes = st.builds(
        Amendment,
        amount=term | st.integers(1, 30),
        price=term | PRICES,
        # Only some orders have these terms: the door sees to it that no other is amended so.
        stop_price=term,
        display=term,
        expires_at=term | st.integers(0, 400 * SECOND),
    )
    return st.tuples(st.integers(0, number), wishes)


@st.composite
def asked(draw: st.DrawFn) -> list[tuple]:
    """A stream of instructions; a PLACE brings the terms of its order, which is made anew wherever it is applied."""
    stream: list[tuple] = []
    at = 0
    for number in range(draw(st.integers(5, 60))):
        at += draw(st.sampled_from([0, 1, SECOND, 20 * SECOND]))
        kind = draw(
            st.sampled_from(["PLACE"] * 12 + ["AMEND"] * 3 + ["CANCEL", "PHASE", "PHASE", "RULE", "MASS", "KILL"])
        )
        if kind == "PLACE":
            stream.append(("PLACE", at, draw(orders(number, at))))
        elif kind == "AMEND":
            stream.append(("AMEND", at, *draw(amendments(number))))
        elif kind == "CANCEL":
            stream.append(("CANCEL", at, draw(st.integers(0, number)), "CLIENT_REQUEST"))
        elif kind == "PHASE":
            stream.append(("CHANGE_PHASE", at, draw(st.sampled_from(PHASES)), "SCHEDULED", None))
        elif kind == "RULE":
            bands = draw(st.sampled_from([(None, None), (50_000, 20_000), (None, 10_000), (20_000, None)]))
            stream.append(("SET_PARAMETERS", at, Parameters(*bands)))
            stream.append(("SET_REFERENCE", at, draw(PRICES)))
        elif kind == "MASS":
            selection = Selection(profile=draw(st.none() | st.integers(0, 2)), is_buy=draw(st.none() | st.booleans()))
            stream.append(("MASS_CANCEL", at, selection, "MASS_CANCEL"))
        else:
            profile = draw(st.integers(0, 2))
            stream += [("ENGAGE_KILL", at, "PROFILE", profile), ("RELEASE_KILL", at, "PROFILE", profile)]
    return stream


def fresh(instruction: tuple) -> tuple:
    if instruction[0] != "PLACE":
        return instruction
    return ("PLACE", instruction[1], BookOrder(**instruction[2]))


@dataclass
class Witness(list):
    """Sees each event at the moment it is told, when priorities are still those by which it came."""

    turns: list[tuple[tuple, int]] = field(default_factory=list)

    def append(self, event: tuple) -> None:
        self.turns.append((event, event[1].priority if event[0] == "TRADED" else 0))
        super().append(event)


def watched(stream: list[tuple]) -> list[tuple[Book, tuple, Witness]]:
    """Apply them all to one book, step by step; the book goes on changing."""
    book = Book()
    for instruction in stream:
        events = Witness()
        apply(book, fresh(instruction), events)
        yield book, instruction, events


class Ledger:
    """What became of each order's lots (of an order by budget: tick-lots), by the events alone."""

    def __init__(self) -> None:
        self.asked: dict[int, int] = {}
        self.used: dict[int, int] = {}
        self.is_open: dict[int, bool] = {}

    def take_in(self, event: tuple, instruction: tuple) -> None:
        kind = event[0]
        if kind == "ACCEPTED":
            # The order itself has gone on since.
            terms = instruction[2]
            self.asked[terms["order_id"]] = terms["budget"] or terms["amount"]
            self.used[terms["order_id"]], self.is_open[terms["order_id"]] = 0, True
        elif kind in ("TRADED", "AUCTIONED"):
            _, one, other, price, lots, one_left, other_left = event
            for order, left in ((one, one_left), (other, other_left)):
                self.use(order, lots, price)
                assert left == self.asked[order.order_id] - self.used[order.order_id]
                self.is_open[order.order_id] = left > 0
        elif kind == "PREVENTED" and event[1].mode == "DECREMENT_AND_CANCEL":
            for order in (event[1], event[2]):
                self.use(order, event[3], event[2].price)
        elif kind == "AMENDED":
            self.asked[event[1].order_id] = event[3].amount
        elif kind in ("EXPIRED", "CANCELLED"):
            order = event[1]
            assert self.is_open[order.order_id] or not event[3]
            self.used[order.order_id] += event[3]
            assert self.used[order.order_id] == self.asked[order.order_id]
            self.is_open[order.order_id] = False

    def use(self, order: BookOrder, lots: int, price: int) -> None:
        self.used[order.order_id] += lots if order.budget is None else lots * price


@settings(max_examples=25, deadline=None)
@given(asked())
def test_no_lot_is_lost_or_made(stream: list[tuple]) -> None:
    ledger = Ledger()
    for book, instruction, events in watched(stream):
        for event in events:
            ledger.take_in(event, instruction)
        assert_sound(book)
        live = {order.order_id: order.open_lots for order in (*book.orders.values(), *book.dormant.values())}
        assert live == {
            number: ledger.asked[number] - ledger.used[number] for number, is_open in ledger.is_open.items() if is_open
        }


@settings(max_examples=25, deadline=None)
@given(asked())
def test_who_is_better_or_earlier_trades_first(stream: list[tuple]) -> None:
    """So hidden lots come after all that was displayed: a refill has a later turn than whoever stood there."""
    for _, _, events in watched(stream):
        last = None
        for event, priority in events.turns:
            if event[0] == "TRADED":
                _, maker, taker, price, *_ = event
                turn = (-price if maker.is_buy else price, priority)
                assert last is None or last[0] is not taker or last[1] <= turn
                last = taker, turn
            elif event[0] in ("TRIGGERED", "AMENDED"):
                last = None


@settings(max_examples=25, deadline=None)
@given(asked())
def test_nobody_trades_beyond_his_price_or_with_himself_or_too_late(stream: list[tuple]) -> None:
    for book, _, events in watched(stream):
        for event in events:
            if event[0] not in ("TRADED", "AUCTIONED"):
                continue
            _, one, other, price, lots, *_ = event
            assert lots > 0 and one.group != other.group and one.is_buy is not other.is_buy
            for order in (one, other):
                assert price <= order.price if order.is_buy else price >= order.price
                assert order.expires_at is None or order.expires_at > book.engine_at


@settings(max_examples=25, deadline=None)
@given(asked())
def test_takers_and_auctions_stay_within_the_execution_band(stream: list[tuple]) -> None:
    book = Book()
    for instruction in stream:
        before = take_snapshot(book)
        events: list[tuple] = []
        apply(book, fresh(instruction), events)
        twin = book_of(before)
        twin.engine_at = book.engine_at
        bounds = execution_bounds(twin)
        prices = [event[3] for event in events if event[0] in ("TRADED", "AUCTIONED")]
        assert bounds is None or all(bounds[0] <= price <= bounds[1] for price in prices)


@settings(max_examples=25, deadline=None)
@given(asked())
def test_an_auction_leaves_no_volume_and_clears_where_it_said(stream: list[tuple]) -> None:
    book = Book()
    for instruction in stream:
        said = indicative(book) if book.phase == "AUCTION" else None
        events: list[tuple] = []
        apply(book, fresh(instruction), events)
        cleared = [event for event in events if event[0] == "UNCROSSED"]
        if cleared:
            _, price, lots, _ = cleared[0]
            assert said is not None
            assert lots == sum(event[4] for event in events if event[0] == "AUCTIONED")
            assert all(event[3] == price for event in events if event[0] == "AUCTIONED")
            if not any(event[0] in ("CANCELLED", "EXPIRED") for event in events[: events.index(cleared[0])]):
                assert tuple(said[:2]) == (price, lots)
            assert not book.is_crossed()


@settings(max_examples=25, deadline=None)
@given(asked())
def test_a_stop_is_triggered_once_by_a_trade_that_meets_it(stream: list[tuple]) -> None:
    for book, _, events in watched(stream):
        triggered = []
        for place, event in enumerate(events):
            if event[0] == "TRIGGERED":
                order = event[1]
                prices = [each[3] for each in events[:place] if each[0] in ("TRADED", "AUCTIONED")]
                assert any(price >= order.stop_price if order.is_buy else price <= order.stop_price for price in prices)
                triggered.append(order.order_id)
        assert len(triggered) == len(set(triggered))
        if book.phase == "OPEN" and any(event[0] == "TRADED" for event in events):
            traded = [event[3] for event in events if event[0] in ("TRADED", "AUCTIONED")]
            for order in book.dormant.values():
                assert order.stop_price > max(traded) if order.is_buy else order.stop_price < min(traded)


@settings(max_examples=25, deadline=None)
@given(asked(), st.integers(1, 7))
def test_a_book_from_its_snapshot_goes_on_as_the_one_that_lived(stream: list[tuple], every: int) -> None:
    steady, restarted = Book(), Book()
    kept_up = StateHash(steady)
    for number, instruction in enumerate(stream):
        if number % every == 0:
            restarted = book_of(take_snapshot(restarted))
        told: list[list[tuple]] = [[], []]
        apply(steady, fresh(instruction), told[0])
        apply(restarted, fresh(instruction), told[1])
        one, other = (spell_out(events, 0, 0) for events in told)
        assert one == other
        kept_up.follow(told[0])
        assert state_hash(restarted) == state_hash(steady) == kept_up.value()
