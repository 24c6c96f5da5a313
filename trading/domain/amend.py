"""The terms of an order are changed."""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import (
    AMEND_REFUSED,
    AMENDED,
    AMENDED_BELOW_FILLED,
    CANCELLED,
    EXPIRED,
    ORDER_ALREADY_CLOSED,
    TIME_REACHED,
    Event,
)
from trading.domain.instruction import Amendment
from trading.domain.phase import OPEN
from trading.domain.refuse import refuse_amending
from trading.domain.run import rest, run
from trading.domain.stops import wake_stops
from trading.domain.withdraw import withdraw


def amend(book: Book, order_id: Hashable, wish: Amendment, events: list[Event]) -> None:
    """Change what differs, or refuse and change nothing.

    A new price, more amount or more display costs the order its place: it starts again as if it arrived, taking where
    it may. An order that starts again is a new BookOrder with the account of the old one, whose entry stays in its queue.
    """
    order = book.find(order_id)
    if order is None:
        book.sequence += 1
        events.append((AMEND_REFUSED, order_id, ORDER_ALREADY_CLOSED))
        return
    old = terms_of(order)
    reason = refuse_amending(book, order, _difference(old, wish))
    if reason is not None:
        book.sequence += 1
        events.append((AMEND_REFUSED, order_id, reason))
        return
    _change(book, order, old, wish, events)


def terms_of(order: BookOrder) -> Amendment:
    """The terms of an order that can be amended, as they stand."""
    return Amendment(order.amount, order.price, order.stop_price, order.display, order.expires_at)


def _difference(old: Amendment, wish: Amendment) -> Amendment:
    return Amendment(*(None if new == before else new for before, new in zip(old, wish, strict=True)))


def _change(book: Book, order: BookOrder, old: Amendment, wish: Amendment, events: list[Event]) -> None:
    done = old.amount - order.open_lots  # type: ignore[operator]  # an order's own terms have an amount
    new = Amendment(*(before if term is None else term for before, term in zip(old, wish, strict=True)))
    # An order cannot have been for less than what it has come to.
    new = new._replace(amount=max(new.amount, done))  # type: ignore[type-var]
    open_lots: int = new.amount - done  # type: ignore[operator]
    is_kept = order.is_dormant or not _is_place_lost(old, new)
    mark = len(events)
    book.sequence += 1
    if not is_kept and open_lots:
        order = _start_again(book, order, open_lots)
    _set_terms(order, new)
    events.append((AMENDED, order, old, new, is_kept, open_lots))
    if not open_lots:
        withdraw(book, order, CANCELLED, AMENDED_BELOW_FILLED, events, lapsed=0)
    elif is_kept:
        _keep_place(book, order, old, open_lots, events)
    else:
        _take_place(book, order, events)
        if book.dormant:
            wake_stops(book, mark, events)


def _is_place_lost(old: Amendment, new: Amendment) -> bool:
    is_more_shown = old.display is not None and new.display is not None and new.display > old.display
    return new.price != old.price or new.amount > old.amount or is_more_shown  # type: ignore[operator]


def _set_terms(order: BookOrder, terms: Amendment) -> None:
    order.amount, order.price = terms.amount, terms.price  # type: ignore[assignment]
    order.stop_price, order.display, order.expires_at = terms.stop_price, terms.display, terms.expires_at
    order.is_plain = order.is_plain and order.expires_at is None


def _keep_place(book: Book, order: BookOrder, old: Amendment, open_lots: int, events: list[Event]) -> None:
    """Less to trade, less to show or another hour: hidden lots go before displayed ones."""
    if order.level is not None:
        shown = min(order.remaining, open_lots if order.display is None else order.display, open_lots)
        order.level.lots += shown - order.remaining
        order.remaining, order.hidden = shown, open_lots - shown
    else:
        order.remaining = open_lots
        if order.stop_price != old.stop_price:
            (book.buy_stops if order.is_buy else book.sell_stops).put(order)
    if order.expires_at != old.expires_at:
        _set_hour(book, order, events)


def _set_hour(book: Book, order: BookOrder, events: list[Event]) -> None:
    if order.expires_at is not None and order.expires_at <= book.engine_at:
        withdraw(book, order, EXPIRED, TIME_REACHED, events)
    elif order.expires_at is not None:
        book.hours.put(order)


def _start_again(book: Book, order: BookOrder, open_lots: int) -> BookOrder:
    """Lift the order off its level; who starts again in its stead."""
    successor = copy(order)
    book.lift(order)
    successor.level = None
    successor.remaining, successor.hidden = open_lots, 0
    return successor


def _take_place(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Let an order that has lost its place find a new one, which AMENDED gives it unless it meets somebody before."""
    order.priority = book.sequence
    if order.expires_at is not None and order.expires_at <= book.engine_at:
        book.sequence += 1
        lapsed, order.remaining = order.remaining, 0
        events.append((EXPIRED, order, TIME_REACHED, lapsed))
    elif book.phase == OPEN and book.is_met(order.is_buy, order.price):
        run(book, order, events)
    else:
        rest(book, order)
