"""How an arriving order takes what rests on the other side: the engine's inner loop."""

from __future__ import annotations

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import REFILLED, TRADED, Event
from trading.domain.level import Level, Side
from trading.domain.prevent import end_taker, prevent


def take(book: Book, taker: BookOrder, opposite: Side, bound: int, events: list[Event]) -> None:
    """Fill the taker level by level until it is full, the rank `bound` is passed or its own group ends it."""
    if book.engine_at >= book.window.ends_at:
        book.window.turn_to(book.engine_at)
    level = opposite.best
    while level is not None and level.rank <= bound:
        is_own = take_level(book, taker, level, events)
        if not level.lots:
            opposite.leave(level)
        if is_own and prevent(book, taker, level, events):
            return
        if not taker.remaining:
            if taker.prevented:
                # Used up, but not filled: that has to be said.
                end_taker(book, taker, events)
            return
        level = opposite.best


def take_level(book: Book, taker: BookOrder, level: Level, events: list[Event]) -> bool:
    """Fill the taker from one level, oldest order first, at its price.

    Stops before an order of the taker's group, and answers whether it did; stops after one refill of an iceberg too,
    which is then shown at the back.
    """
    orders, price, group = book.orders, level.price, taker.group
    lots, remaining, mark = level.lots, taker.remaining, len(events)
    used_up = None
    is_own = False
    while lots and remaining:
        maker = level[0]
        available = maker.remaining
        if not available:
            level.popleft()
            level.dead -= 1
        elif maker.group == group:
            is_own = True
            break
        elif available > remaining:
            available -= remaining
            lots -= remaining
            maker.remaining = available
            events.append((TRADED, maker, taker, price, remaining, available + maker.hidden, 0))
            remaining = 0
        else:
            remaining -= available
            lots -= available
            level.popleft()
            if maker.hidden:
                events.append((TRADED, maker, taker, price, available, maker.hidden, remaining))
                used_up = maker
                break
            maker.remaining = 0
            maker.level = None
            del orders[maker.order_id]
            events.append((TRADED, maker, taker, price, available, 0, remaining))
    filled = taker.remaining - remaining
    if filled:
        level.lots = lots
        taker.remaining = remaining
        book.last_price = book.fallback = price
        book.sequence += 2 * (len(events) - mark)
        window = book.window
        window.lots += filled
        window.notional += filled * price
        if used_up is not None:
            refill(book, used_up, level, events)
    return is_own


def refill(book: Book, order: BookOrder, level: Level, events: list[Event]) -> None:
    """Show an iceberg's next lots, at the back of its level; its used-up entry has left the queue."""
    assert order.display is not None
    book.sequence += 1
    order.priority = book.sequence
    order.remaining = min(order.display, order.hidden)
    order.hidden -= order.remaining
    level.lots += order.remaining
    level.append(order)
    events.append((REFILLED, order, order.remaining))
