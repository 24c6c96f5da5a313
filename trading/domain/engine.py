"""The one function that changes a book.

`apply` is pure in the sense that matters: no clock, no randomness, no input or output. The same book and the
same instruction give the same events on every machine, so the log of instructions is the whole truth about a
market.

Whoever applies many instructions in a row does well to switch the cyclic garbage collector off for the batch
(`gc.disable`, or `gc.freeze` once the book is restored): the engine leaves no cycles behind that a collection
could free, and a full one walks over every resting order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from trading.domain import govern
from trading.domain.amend import amend
from trading.domain.book import Book
from trading.domain.cancel import cancel, expire, mass_cancel
from trading.domain.change_phase import change_phase
from trading.domain.event import Event
from trading.domain.instruction import (
    AMEND,
    BUST,
    CANCEL,
    CHANGE_PHASE,
    CORRECT,
    ENGAGE_KILL,
    MASS_CANCEL,
    PLACE,
    RELEASE_KILL,
    SET_PARAMETERS,
    SET_REFERENCE,
    WAKE,
    Instruction,
)
from trading.domain.place import place


def _wake(book: Book, events: list[Event]) -> None:
    """Nothing: the orders whose time has come are gone already."""


_RARE: Final[dict[str, Callable[..., Any]]] = {
    AMEND: amend,
    MASS_CANCEL: mass_cancel,
    WAKE: _wake,
    CHANGE_PHASE: change_phase,
    SET_REFERENCE: govern.set_reference,
    SET_PARAMETERS: govern.set_parameters,
    ENGAGE_KILL: govern.engage_kill,
    RELEASE_KILL: govern.release_kill,
    BUST: govern.bust,
    CORRECT: govern.correct,
}


def apply(book: Book, instruction: Instruction, events: list[Event]) -> None:
    """Apply one instruction to the book and append what comes of it to `events`, in sequence.

    Afterwards `book.engine_at` is the instant of these events: the instruction's, or a later one seen before.
    Orders whose time has come by then are expired before anything else. Raises BookInvariantBroken for an order that
    rests or is closed already, ValueError for an unknown kind.
    """
    at = instruction[1]
    if at > book.engine_at:
        book.engine_at = at
    book.position += 1
    if book.hours.first <= book.engine_at:
        expire(book, events)
    if instruction[0] == PLACE:
        place(book, instruction[2], events)
    elif instruction[0] == CANCEL:
        cancel(book, instruction[2], instruction[3], events)
    elif instruction[0] in _RARE:
        _RARE[instruction[0]](book, *instruction[2:], events)
    else:
        raise ValueError(f"unknown instruction {instruction[0]!r}")
