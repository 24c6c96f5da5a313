"""How an order that rests or waits comes to its end without a trade."""

from __future__ import annotations

from typing import Literal

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import CANCELLED, EXPIRED, Event


def withdraw(
    book: Book,
    order: BookOrder,
    kind: Literal["CANCELLED", "EXPIRED"],
    reason: str,
    events: list[Event],
    *,
    lapsed: int | None = None,
) -> None:
    """Take an order out of the book; all that it had to trade lapses, unless told otherwise."""
    if lapsed is None:
        lapsed = order.open_lots
    if order.is_dormant:
        del book.dormant[order.order_id]
        order.is_dormant = False
        order.remaining = 0
    else:
        book.lift(order)
    book.sequence += 1
    events.append((CANCELLED, order, reason, lapsed) if kind == CANCELLED else (EXPIRED, order, reason, lapsed))
