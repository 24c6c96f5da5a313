"""A market goes from one phase to the next."""

from __future__ import annotations

from trading.domain.book import Book
from trading.domain.event import BOOK_IS_CROSSED, PHASE_CHANGED, PHASE_NOT_ALLOWED, PHASE_REFUSED, Event
from trading.domain.phase import AUCTION, MUST_NOT_CROSS, OPEN, UNCROSSING, is_move_allowed
from trading.domain.stops import wake_stops
from trading.domain.uncross import uncross


def change_phase(book: Book, new: str, reason: str, was: str | None, events: list[Event]) -> None:
    """Move the market to another phase if that one may follow, uncrossing the book where an auction ends.

    `was` is the phase it was asked for in, if that matters: a market that is in another by now stays there.
    """
    old, mark = book.phase, len(events)
    refusal = PHASE_NOT_ALLOWED if was is not None and was != old else _refusal(book, old, new, events)
    book.sequence += 1
    if refusal is not None:
        events.append((PHASE_REFUSED, old, new, refusal))
        return
    book.phase = new
    book.review()
    events.append((PHASE_CHANGED, old, new, reason))
    if new == OPEN and book.dormant:
        wake_stops(book, mark, events)


def _refusal(book: Book, old: str, new: str, events: list[Event]) -> str | None:
    """Why the market may not move there; where that takes an uncross, it is done."""
    if not is_move_allowed(old, new):
        return PHASE_NOT_ALLOWED
    if old == AUCTION and new in UNCROSSING:
        return uncross(book, events)
    return BOOK_IS_CROSSED if new in MUST_NOT_CROSS and book.is_crossed() else None
