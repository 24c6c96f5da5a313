"""What an order does from the moment it is let loose: it takes, then its remainder rests or lapses."""

from __future__ import annotations

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.collars import execution_bounds
from trading.domain.event import (
    EXECUTION_BAND_REACHED,
    EXPIRED,
    FOK_NOT_FILLABLE,
    IOC_REMAINDER,
    PROTECTION_PRICE_REACHED,
    RESTED,
    Event,
)
from trading.domain.fill_or_kill import is_fillable
from trading.domain.level import Level, Side
from trading.domain.spend import spend
from trading.domain.take import take


def run(book: Book, order: BookOrder, events: list[Event]) -> None:
    """Match the order against the other side, then let its remainder rest or expire."""
    if order.is_buy:
        opposite, limit = book.asks, order.price
    else:
        opposite, limit = book.bids, -order.price
    best = opposite.best
    reason = None
    if best is not None and best.rank <= limit:
        if order.is_plain and book.parameters.execution_band is None:
            take(book, order, opposite, limit, events)
        else:
            reason = _take_by_terms(book, order, opposite, limit, events)
        if not (order.remaining or order.budget):
            return
        best = opposite.best
    book.sequence += 1
    if order.is_resting_allowed and reason is None and (best is None or best.rank > limit):
        order.priority = book.sequence
        rest(book, order)
        events.append((RESTED, order, order.remaining + order.hidden))
    else:
        _lapse(order, reason or _reason_to_lapse(order, best, limit), events)


def _take_by_terms(book: Book, order: BookOrder, opposite: Side, limit: int, events: list[Event]) -> str | None:
    """Take from the other side, the best of which is within the limit; answers the reason if its own terms ended the order."""
    bound = _bound(book, order.is_buy, opposite, limit)
    if order.budget is not None:
        return spend(book, order, opposite, bound, events)
    if order.is_fill_or_kill and not is_fillable(order, opposite, bound):
        return FOK_NOT_FILLABLE
    take(book, order, opposite, bound, events)
    return None


def _bound(book: Book, is_buy: bool, opposite: Side, limit: int) -> int:
    """The worst rank the order may trade at: its limit, or the execution band where that ends before."""
    bounds, best = execution_bounds(book), opposite.best
    if bounds is None or best is None:
        return limit
    nearest, furthest = bounds if is_buy else (-bounds[1], -bounds[0])
    return min(limit, furthest) if best.rank >= nearest else best.rank - 1


def _reason_to_lapse(order: BookOrder, best: Level | None, limit: int) -> str:
    """Why what is left may not rest, or has to end though it may: `best` is what it meets now."""
    if order.is_fill_or_kill:
        return FOK_NOT_FILLABLE
    if best is None:
        return IOC_REMAINDER
    if best.rank <= limit:
        # Within its limit and yet not taken. To rest it would cross the book.
        return EXECUTION_BAND_REACHED
    return PROTECTION_PRICE_REACHED if order.is_market else IOC_REMAINDER


def _lapse(order: BookOrder, reason: str, events: list[Event]) -> None:
    if order.budget is None:
        lapsed, order.remaining = order.remaining, 0
    else:
        lapsed, order.budget = order.budget, 0
    events.append((EXPIRED, order, reason, lapsed))


def rest(book: Book, order: BookOrder) -> None:
    """Put an order on its level with the priority it has been given; an iceberg shows what it displays."""
    if order.is_plain:
        book.put(order)
        return
    if order.display is not None and order.display < order.remaining:
        order.hidden = order.remaining - order.display
        order.remaining = order.display
    book.put(order)
    if order.expires_at is not None:
        book.hours.put(order)
