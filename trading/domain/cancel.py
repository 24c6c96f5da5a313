"""Orders are taken out because somebody wishes it, or because their time has come."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import (
    CANCEL_REFUSED,
    CANCELLED,
    EXPIRED,
    MASS_CANCELLED,
    ORDER_ALREADY_CLOSED,
    TIME_REACHED,
    Event,
)
from trading.domain.instruction import Selection
from trading.domain.withdraw import withdraw


def cancel(book: Book, order_id: Hashable, reason: str, events: list[Event]) -> None:
    """Take a resting or waiting order out of the book."""
    order = book.orders.get(order_id)
    if order is not None:
        lapsed = order.remaining + order.hidden
        book.lift(order)
        book.sequence += 1
        events.append((CANCELLED, order, reason, lapsed))
    elif order_id in book.dormant:
        withdraw(book, book.dormant[order_id], CANCELLED, reason, events)
    else:
        book.sequence += 1
        events.append((CANCEL_REFUSED, order_id, ORDER_ALREADY_CLOSED))


def mass_cancel(book: Book, selection: Selection, reason: str, events: list[Event]) -> None:
    """Take out all orders of a selection, in the order in which they were accepted."""
    count = cancel_all(book, filter(selection.has, _everything(book)), reason, events)
    book.sequence += 1
    events.append((MASS_CANCELLED, count))


def cancel_all(book: Book, orders: Iterable[BookOrder], reason: str, events: list[Event]) -> int:
    """Take these out in the order in which they were accepted; answers how many there were."""
    found = sorted(orders, key=lambda order: order.accepted)
    for order in found:
        withdraw(book, order, CANCELLED, reason, events)
    return len(found)


def _everything(book: Book) -> list[BookOrder]:
    return [*book.orders.values(), *book.dormant.values()]


def expire(book: Book, events: list[Event]) -> None:
    """End the orders whose time has come, in the order in which they were accepted."""
    for order in book.hours.take_up_to(book.engine_at):
        withdraw(book, order, EXPIRED, TIME_REACHED, events)
