"""An order arrives."""

from __future__ import annotations

from trading.domain.book import Book, BookInvariantBroken
from trading.domain.book_order import STOPS, BookOrder
from trading.domain.event import ACCEPTED, EXPIRED, PARKED, REJECTED, RESTED, TIME_REACHED, Event
from trading.domain.phase import AUCTION
from trading.domain.refuse import refuse_placing
from trading.domain.run import rest, run
from trading.domain.stops import wake_stops


def place(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Refuse an arriving order, or accept and match it, and let the stops follow that its trades meet."""
    if book.is_watched or not order.is_plain:
        _place_with_care(book, order, events)
        return
    if order.level is not None or order.remaining < 1:
        raise BookInvariantBroken(f"order {order.order_id} rests or is closed already")
    order.accepted = accepted = book.sequence + 1
    mark = len(events)
    events.append((ACCEPTED, order))
    if order.is_buy:
        best, limit = book.asks.best, order.price
    else:
        best, limit = book.bids.best, -order.price
    if order.is_resting_allowed and (best is None or best.rank > limit):
        # The most of all orders: it meets nobody.
        book.sequence = order.priority = accepted + 1
        book.put(order)
        events.append((RESTED, order, order.remaining))
        return
    book.sequence = accepted
    run(book, order, events)
    if book.dormant:
        wake_stops(book, mark, events)


def _place_with_care(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Place an order that has terms of its own, or that comes to a market with an eye on it."""
    if order.level is not None or not (order.remaining > 0 or order.budget):
        raise BookInvariantBroken(f"order {order.order_id} rests or is closed already")
    mark = len(events)
    book.sequence += 1
    reason = refuse_placing(book, order)
    if reason is not None:
        order.remaining, order.budget = 0, None if order.budget is None else 0
        events.append((REJECTED, order, reason))
        return
    order.accepted = book.sequence
    events.append((ACCEPTED, order))
    _begin(book, order, events)
    if book.dormant:
        wake_stops(book, mark, events)


def _begin(book: Book, order: BookOrder, events: list[Event]) -> None:
    """The first step of an accepted order that may be of any kind, in any phase that lets it in."""
    if order.expires_at is not None and order.expires_at <= book.engine_at:
        book.sequence += 1
        lapsed, order.remaining = order.remaining, 0
        events.append((EXPIRED, order, TIME_REACHED, lapsed))
    elif order.order_type in STOPS:
        book.sequence += 1
        book.park(order)
        if order.expires_at is not None:
            book.hours.put(order)
        events.append((PARKED, order, order.remaining))
    elif book.phase == AUCTION:
        book.sequence += 1
        order.priority = book.sequence
        rest(book, order)
        events.append((RESTED, order, order.remaining + order.hidden))
    else:
        run(book, order, events)
