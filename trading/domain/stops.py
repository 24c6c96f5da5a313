"""Stops: which a trade meets, and what comes of them."""

from __future__ import annotations

from collections import deque

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import AUCTIONED, TRADED, TRIGGERED, Event
from trading.domain.run import run


def wake_stops(book: Book, mark: int, events: list[Event]) -> None:
    """Walk the trades from `mark` on and activate the stops they meet, one by one, first met first.

    The trades of each are walked before the next is activated, and what they meet queues behind. Each stop is met once, so the
    cascade ends.
    """
    queue: deque[BookOrder] = deque()
    while True:
        for event in events[mark:]:
            if event[0] == TRADED or event[0] == AUCTIONED:
                queue.extend(_stops_met(book, event[3]))
        mark = len(events)
        if not queue:
            return
        _activate(book, queue.popleft(), events)


def _stops_met(book: Book, price: int) -> list[BookOrder]:
    """Take the waiting orders that a trade at `price` meets, by their accepted sequence."""
    met = []
    if book.buy_stops.first <= price:
        met += book.buy_stops.take_up_to(price)
    if book.sell_stops.first <= -price:
        met += book.sell_stops.take_up_to(-price)
    return sorted(met, key=lambda order: order.accepted)


def is_met_by(order: BookOrder, stop_price: int, price: int | None) -> bool:
    """Whether a stop at `stop_price` would be met by a trade at `price`."""
    return price is not None and (price >= stop_price if order.is_buy else price <= stop_price)


def _activate(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Let a stop that was met loose."""
    del book.dormant[order.order_id]
    order.is_dormant = False
    book.sequence += 1
    events.append((TRIGGERED, order))
    run(book, order, events)
