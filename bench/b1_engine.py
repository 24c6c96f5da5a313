"""B1: the pure engine alone, in one process.

200,000 limit orders and 50,000 cancels, shuffled; half of the orders can trade on arrival; prices follow a
random walk; ids are UUIDs as text, as the matcher reads them. They are applied in batches of 1,000, with the
garbage collector off, as the matcher does. The floor is a bare loop over the same instructions that only keeps
a dict of orders and appends one tuple for each: nobody can be faster.

Growth: two books, with 1,000 and with 1,000,000 resting orders, take turns at one and the same stream. The
additional orders lie deeper than the stream reaches, ten to a level. *Cold* is the worst case beside it:
every cancel picks any of the resting orders and matching works its way through old ones, so that most of
what an instruction touches is in no processor cache.
"""

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import CLIENT_REQUEST, TRADED, Event
from trading.domain.instruction import CANCEL, PLACE, Instruction

BATCH = 1_000
REPEATS = 7
ORDERS, CANCELS, RESTING = 200_000, 50_000, 1_000
DEEP = 1_000_000
GROUPS = [str(UUID(int=number)) for number in range(1_000)]
MID = 1_000_000
# Deeper than any walk of this length gets.
OUT_OF_REACH = 10_000
ORDERS_A_LEVEL = 10

# What an order is made of: id, is_buy, price, amount, group. A cancel is an id.
Terms = tuple[str, bool, int, int, str]


@dataclass
class Stream:
    """A book to begin with and what is asked of it; orders are made anew for each run, for the engine
    changes them."""

    resting: list[Terms]
    asked: list[Terms | str] = field(default_factory=list)
    marketable: int = 0

    def book(self, deeper: list[Terms] | None = None) -> Book:
        terms = self.resting + (deeper or [])
        book = Book(sequence=len(terms))
        book.restore(_order(each, priority) for priority, each in enumerate(terms, start=1))
        return book

    def batches(self) -> list[list[Instruction]]:
        asked: list[Instruction] = [
            (CANCEL, at, each, CLIENT_REQUEST) if isinstance(each, str) else (PLACE, at, _order(each))
            for at, each in enumerate(self.asked)
        ]
        return [asked[start : start + BATCH] for start in range(0, len(asked), BATCH)]


def _order(terms: Terms, priority: int = 0) -> BookOrder:
    order_id, is_buy, price, amount, group = terms
    return BookOrder(order_id, is_buy, price, amount, amount, True, False, group, priority)


def _resting(rng: random.Random, count: int, nearest: int) -> list[Terms]:
    """Orders of both sides, ten to a level, from `nearest` ticks off the middle outwards."""
    levels = max(1, count // (2 * ORDERS_A_LEVEL))
    terms = []
    for number in range(count):
        is_buy = number % 2 == 0
        distance = nearest + rng.randrange(levels)
        price = MID - distance if is_buy else MID + distance
        terms.append((_id(rng), is_buy, price, rng.randrange(100, 20_000), rng.choice(GROUPS)))
    return terms


def _id(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128)))


def make_stream(rng: random.Random, orders: int, cancels: int, resting: int) -> Stream:
    """Draw a stream by letting it happen once: a price is marketable only in view of the book it meets."""
    stream = Stream(_resting(rng, resting, 1))
    book = stream.book()
    live = [terms[0] for terms in stream.resting]
    kinds = [PLACE] * orders + [CANCEL] * cancels
    rng.shuffle(kinds)
    mid = MID
    for kind in kinds:
        if kind == CANCEL:
            order_id = _draw_live(rng, live, book)
            stream.asked.append(order_id)
            apply(book, (CANCEL, 0, order_id, CLIENT_REQUEST), [])
            continue
        mid += rng.choice((-1, 0, 0, 1))
        terms = _draw_terms(rng, book, mid, is_marketable=rng.random() < 0.5)
        events: list[Event] = []
        apply(book, (PLACE, 0, _order(terms)), events)
        stream.asked.append(terms)
        stream.marketable += any(event[0] == TRADED for event in events)
        if terms[0] in book.orders:
            live.append(terms[0])
    return stream


def _draw_live(rng: random.Random, live: list[str], book: Book) -> str:
    while True:
        place = rng.randrange(len(live))
        live[place], live[-1] = live[-1], live[place]
        order_id = live.pop()
        if order_id in book.orders:
            return order_id


def _draw_terms(rng: random.Random, book: Book, mid: int, *, is_marketable: bool) -> Terms:
    """Marketable: through the best opposite price by up to two ticks, half an order's amount on average."""
    is_buy = rng.random() < 0.5
    best = book.best_ask() if is_buy else book.best_bid()
    way = 1 if is_buy else -1
    if is_marketable and best is not None:
        price, amount = best[0] + way * rng.randrange(3), rng.randrange(100, 10_000)
    else:
        price, amount = mid - way * (1 + int(rng.expovariate(0.2))), rng.randrange(100, 20_000)
        if best is not None and (best[0] - price) * way <= 0:
            price = best[0] - way
    return _id(rng), is_buy, price, amount, rng.choice(GROUPS)


@contextmanager
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _seconds(batches: list[list[Instruction]], one: Callable[[list[Instruction]], object]) -> float:
    started = time.perf_counter()
    for batch in batches:
        one(batch)
    return time.perf_counter() - started


def _engine(book: Book) -> Callable[[list[Instruction]], object]:
    def one(batch: list[Instruction]) -> None:
        events: list[Event] = []
        for instruction in batch:
            apply(book, instruction, events)

    return one


def _floor() -> Callable[[list[Instruction]], object]:
    orders: dict[object, BookOrder] = {}

    def one(batch: list[Instruction]) -> None:
        events: list[object] = []
        for instruction in batch:
            if instruction[0] == PLACE:
                orders[instruction[2].order_id] = instruction[2]
                events.append((PLACE, instruction[2]))
            elif instruction[0] == CANCEL:
                orders.pop(instruction[2], None)
                events.append((CANCEL, instruction[2]))

    return one


def _growth(small: tuple[Book, Stream], large: tuple[Book, Stream]) -> tuple[float, float]:
    """Microseconds an instruction on either book: the median over turns of ten batches, A B A B."""
    turns = []
    with _no_collector():
        engines = [(_engine(book), stream.batches()) for book, stream in (small, large)]
        for start in range(0, len(engines[0][1]), 10):
            turn = [(batches[start : start + 10], one) for one, batches in engines]
            turns.append([_seconds(part, one) * 1e6 / sum(map(len, part)) for part, one in turn])
    return statistics.median(turn[0] for turn in turns), statistics.median(turn[1] for turn in turns)


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure; `scale` shrinks the stream and the deep book for a quick look."""
    orders, cancels, deep = int(ORDERS * scale), int(CANCELS * scale), max(2 * RESTING, int(DEEP * scale))
    stream = make_stream(random.Random(seed), orders, cancels, RESTING)
    total = orders + cancels
    speeds: list[tuple[float, float]] = []
    for _ in range(REPEATS):
        book, batches = stream.book(), stream.batches()
        with _no_collector():
            speeds.append((total / _seconds(batches, _engine(book)), total / _seconds(batches, _floor())))
    speed, floor = (statistics.median(column) for column in zip(*speeds, strict=True))
    deeper = _resting(random.Random(seed + 1), deep - RESTING, OUT_OF_REACH)
    small, large = _growth((stream.book(), stream), (stream.book(deeper), stream))
    del deeper
    cold = make_stream(random.Random(seed), orders, cancels, deep)
    cold_small, cold_large = _growth((stream.book(), stream), (cold.book(), cold))
    return {
        "name": "B1",
        "seed": seed,
        "instructions": total,
        "marketable": round(stream.marketable / orders, 3),
        "instructions_per_second": round(speed),
        "floor": round(floor),
        "ratio": round(statistics.median(each[0] / each[1] for each in speeds), 3),
        # Microseconds an instruction, by the number of resting orders.
        "growth": {str(RESTING): round(small, 3), str(deep): round(large, 3)},
        "growth_ratio": round(large / small, 3),
        "growth_cold": {str(RESTING): round(cold_small, 3), str(deep): round(cold_large, 3)},
        "growth_cold_ratio": round(cold_large / cold_small, 3),
    }


if __name__ == "__main__":
    scale_asked = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(json.dumps(run(seed=20_260_302, scale=scale_asked), indent=2))
