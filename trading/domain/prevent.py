"""What happens where an order would trade with another of its own group."""

from __future__ import annotations

from trading.domain.book import Book
from trading.domain.book_order import CANCEL_NEWEST, CANCEL_OLDEST, DECREMENT_AND_CANCEL, BookOrder
from trading.domain.event import CANCELLED, PREVENTED, SELF_TRADE, Event
from trading.domain.level import Level
from trading.domain.withdraw import withdraw


def prevent(book: Book, taker: BookOrder, level: Level, events: list[Event]) -> bool:
    """Keep the taker from the level's first order, as the taker's mode says: one of them ends, or both are made less.

    Answers whether that was the end of the taker.
    """
    maker = level[0]
    lots = min(taker.remaining, maker.open_lots)
    book.sequence += 1
    events.append((PREVENTED, taker, maker, lots))
    if taker.mode == DECREMENT_AND_CANCEL:
        _decrement_maker(book, maker, level, lots, events)
        taker.prevented += lots
        taker.remaining -= lots
        if taker.budget is not None:
            taker.budget -= lots * level.price
        is_end = not (taker.remaining if taker.budget is None else taker.budget)
    else:
        if taker.mode != CANCEL_NEWEST:
            withdraw(book, maker, CANCELLED, SELF_TRADE, events)
        is_end = taker.mode != CANCEL_OLDEST
    if is_end:
        end_taker(book, taker, events)
    return is_end


def _decrement_maker(book: Book, maker: BookOrder, level: Level, lots: int, events: list[Event]) -> None:
    """Take the lots off a resting order, which keeps its place; it ends where that is all it has."""
    maker.prevented += lots
    left = maker.open_lots - lots
    if not left:
        # Prevented is not lapsed.
        withdraw(book, maker, CANCELLED, SELF_TRADE, events, lapsed=0)
        return
    shown = left if maker.display is None else min(maker.display, left)
    level.lots += shown - maker.remaining
    maker.remaining, maker.hidden = shown, left - shown


def end_taker(book: Book, taker: BookOrder, events: list[Event]) -> None:
    """End a taker by its own group: what it has left lapses, which is nothing where prevention has used it up."""
    lapsed = taker.remaining if taker.budget is None else taker.budget
    taker.remaining = 0
    if taker.budget is not None:
        taker.budget = 0
    book.sequence += 1
    events.append((CANCELLED, taker, SELF_TRADE, lapsed))
