"""The order book of one market, and the one function that changes it.

`apply` is pure in the sense that matters: no clock, no randomness, no input or output. The same book and the
same instruction give the same events on every machine, so the log of instructions is the whole truth about a
market. All is in integers: prices in ticks, amounts in lots, instants in microseconds.

Whoever applies many instructions in a row does well to switch the cyclic garbage collector off for the batch
(`gc.disable`, or `gc.freeze` once the book is restored): the engine leaves no cycles behind that a collection
could free, and a full one walks over every resting order.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from hashlib import sha256

from trading.domain.book_order import BookOrder
from trading.domain.event import (
    ACCEPTED,
    CANCEL_REFUSED,
    CANCELLED,
    EXPIRED,
    IOC_REMAINDER,
    ORDER_ALREADY_CLOSED,
    PHASE_CHANGED,
    PHASE_NOT_ALLOWED,
    PHASE_REFUSED,
    PREVENTED,
    PROTECTION_PRICE_REACHED,
    REFERENCE_SET,
    REJECTED,
    RESTED,
    SELF_TRADE,
    TRADED,
    Event,
)
from trading.domain.instruction import CANCEL, CHANGE_PHASE, PLACE, SET_REFERENCE, Instruction
from trading.domain.level import Level, Side
from trading.domain.phase import OPEN, is_move_allowed


class BookInvariantBroken(Exception):
    """An instruction that no door should have let through, or a book that contradicts itself.

    The book may be half changed: throw it away together with the batch, and restore it from the open orders.
    """


class Book:
    """Resting orders of one market and its counters, as of `sequence` and `position`.

    `sequence` is the number of the last event, `position` that of the last instruction, `engine_at` the
    latest instant the engine has seen (microseconds), `reference` and `last_price` are in ticks.
    """

    __slots__ = (
        "asks",
        "bids",
        "engine_at",
        "last_price",
        "orders",
        "phase",
        "position",
        "reference",
        "sequence",
    )

    def __init__(
        self,
        *,
        phase: str = OPEN,
        sequence: int = 0,
        position: int = 0,
        engine_at: int = 0,
        reference: int | None = None,
        last_price: int | None = None,
    ) -> None:
        self.bids = Side()
        self.asks = Side()
        self.orders: dict[Hashable, BookOrder] = {}
        self.phase = phase
        self.sequence = sequence
        self.position = position
        self.engine_at = engine_at
        self.reference = reference
        self.last_price = last_price

    def restore(self, orders: Iterable[BookOrder]) -> None:
        """Replace the resting orders by these, given in ascending `priority`; counters stay as they are.

        Refuses (BookInvariantBroken) what no book could hold: priorities out of order or beyond `sequence`,
        an order with nothing remaining, an id given twice, a bid that meets an ask.
        """
        self.bids, self.asks, self.orders = Side(), Side(), {}
        last = 0
        for order in orders:
            if order.remaining < 1 or not last < order.priority <= self.sequence:
                raise BookInvariantBroken(f"order {order.order_id} is closed or its priority out of order")
            last = order.priority
            if order.is_buy:
                _put(self, order, self.bids, -order.price)
            else:
                _put(self, order, self.asks, order.price)
        if self.bids.best and self.asks.best and self.bids.best.price >= self.asks.best.price:
            raise BookInvariantBroken(f"bid {self.bids.best.price} meets ask {self.asks.best.price}")

    def best_bid(self) -> tuple[int, int] | None:
        """The highest bid: price in ticks, lots at that price."""
        level = self.bids.best
        return None if level is None else (level.price, level.lots)

    def best_ask(self) -> tuple[int, int] | None:
        """The lowest ask: price in ticks, lots at that price."""
        level = self.asks.best
        return None if level is None else (level.price, level.lots)

    def depth(self, levels: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The best `levels` bids and asks, each (price in ticks, lots), best first."""
        return self.bids.depth(levels), self.asks.depth(levels)

    def state_hash(self) -> str:
        """SHA-256 (hex) of sequence, phase, reference, last price and every resting order in priority order.

        Two books with one hash answer every instruction alike. Ids and groups enter by their `str`.
        """
        digest = sha256(_line([self.sequence, self.phase, self.reference, self.last_price]))
        for order in sorted(self.orders.values(), key=lambda order: order.priority):
            side = "BUY" if order.is_buy else "SELL"
            lots = f"{order.remaining}/{order.amount}"
            digest.update(_line((order.priority, str(order.order_id), side, order.price, lots, str(order.group))))
        return digest.hexdigest()


def _line(fields: Sequence[int | str | None]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


def apply(book: Book, instruction: Instruction, events: list[Event]) -> None:
    """Apply one instruction to the book and append what comes of it to `events`, in sequence.

    Afterwards `book.engine_at` is the instant of these events: the instruction's, or a later one seen before.
    Raises BookInvariantBroken for an order that rests or is closed already, ValueError for an unknown kind.
    """
    at = instruction[1]
    if at > book.engine_at:
        book.engine_at = at
    book.position += 1
    if instruction[0] == PLACE:
        _place(book, instruction[2], events)
    elif instruction[0] == CANCEL:
        _cancel(book, instruction[2], instruction[3], events)
    elif instruction[0] == CHANGE_PHASE:
        _change_phase(book, instruction[2], instruction[3], events)
    elif instruction[0] == SET_REFERENCE:
        book.reference = instruction[2]
        book.sequence += 1
        events.append((REFERENCE_SET, instruction[2]))
    else:
        raise ValueError(f"unknown instruction {instruction[0]!r}")


def _place(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Match an arriving order against the other side, then let its remainder rest, expire or be cancelled."""
    if order.remaining < 1 or order.level is not None:
        raise BookInvariantBroken(f"order {order.order_id} rests or is closed already")
    book.sequence += 1
    if book.phase != OPEN:
        order.remaining = 0
        events.append((REJECTED, order, PHASE_NOT_ALLOWED))
        return
    events.append((ACCEPTED, order))
    if order.is_buy:
        own, opposite, limit = book.bids, book.asks, order.price
    else:
        own, opposite, limit = book.asks, book.bids, -order.price
    best = opposite.best
    if best is not None and best.rank <= limit:
        _take(book, order, opposite, limit, events)
        if not order.remaining:
            return
    book.sequence += 1
    if order.is_resting_allowed:
        order.priority = book.sequence
        # The order's own rank is the other side's with the sign turned.
        _put(book, order, own, -limit)
        events.append((RESTED, order, order.remaining))
    else:
        is_stopped = order.is_market and opposite.best is not None
        lapsed, order.remaining = order.remaining, 0
        events.append((EXPIRED, order, PROTECTION_PRICE_REACHED if is_stopped else IOC_REMAINDER, lapsed))


def _take(book: Book, taker: BookOrder, opposite: Side, limit: int, events: list[Event]) -> None:
    """Fill the taker level by level until it is full, its limit is reached or it meets its own group."""
    level = opposite.best
    while level is not None and level.rank <= limit:
        _take_level(book, taker, level, events)
        if level.lots:
            break
        opposite.leave(level)
        if not taker.remaining:
            return
        level = opposite.best
    else:
        return
    if taker.remaining:
        # Lots on both sides and yet no trade: the next maker is of the taker's group. The newer order goes.
        maker, lapsed = level[0], taker.remaining
        taker.remaining = 0
        book.sequence += 2
        events.append((PREVENTED, taker, maker, min(lapsed, maker.remaining)))
        events.append((CANCELLED, taker, SELF_TRADE, lapsed))


def _take_level(book: Book, taker: BookOrder, level: Level, events: list[Event]) -> None:
    """Fill the taker from one level, oldest order first, at its price; stop before an order of its group."""
    orders, price, group = book.orders, level.price, taker.group
    lots, remaining, mark = level.lots, taker.remaining, len(events)
    while lots and remaining:
        maker = level[0]
        available = maker.remaining
        if not available:
            level.popleft()
            level.dead -= 1
        elif maker.group == group:
            break
        elif available > remaining:
            available -= remaining
            lots -= remaining
            maker.remaining = available
            events.append((TRADED, maker, taker, price, remaining, available, 0))
            remaining = 0
        else:
            remaining -= available
            lots -= available
            maker.remaining = 0
            maker.level = None
            level.popleft()
            del orders[maker.order_id]
            events.append((TRADED, maker, taker, price, available, 0, remaining))
    if remaining != taker.remaining:
        level.lots = lots
        taker.remaining = remaining
        book.last_price = price
        book.sequence += 2 * (len(events) - mark)


def _put(book: Book, order: BookOrder, side: Side, rank: int) -> None:
    """Append an order to its level, which is opened or brought back to life where needed."""
    if book.orders.setdefault(order.order_id, order) is not order:
        raise BookInvariantBroken(f"another order with the id {order.order_id} rests already")
    level = side.levels.get(rank)
    if level is None:
        level = side.open_level(order.price, rank)
    elif not level.lots:
        side.vacant -= 1
    level.lots += order.remaining
    level.append(order)
    order.level = level


def _cancel(book: Book, order_id: Hashable, reason: str, events: list[Event]) -> None:
    """Take a resting order out of the book."""
    book.sequence += 1
    order = book.orders.pop(order_id, None)
    if order is None:
        events.append((CANCEL_REFUSED, order_id, ORDER_ALREADY_CLOSED))
        return
    level, lapsed = order.level, order.remaining
    assert level is not None
    order.level = None
    order.remaining = 0
    events.append((CANCELLED, order, reason, lapsed))
    level.lots -= lapsed
    if level.lots:
        level.bury_one()
    else:
        (book.bids if order.is_buy else book.asks).leave(level)


def _change_phase(book: Book, new: str, reason: str, events: list[Event]) -> None:
    """Move the market to another phase, if that one may follow."""
    book.sequence += 1
    old = book.phase
    if is_move_allowed(old, new):
        book.phase = new
        events.append((PHASE_CHANGED, old, new, reason))
    else:
        events.append((PHASE_REFUSED, old, new, PHASE_NOT_ALLOWED))
