"""What the firm decides about a market: its reference, its parameters, its kill switches, and trades undone."""

from __future__ import annotations

from collections.abc import Hashable

from trading.domain.book import Book
from trading.domain.cancel import cancel_all
from trading.domain.event import (
    BUSTED,
    CORRECTED,
    KILL_ENGAGED,
    KILL_RELEASED,
    KILL_SWITCH,
    PARAMETERS_CHANGED,
    REFERENCE_SET,
    Event,
)
from trading.domain.instruction import TradeFacts
from trading.domain.parameters import Parameters
from trading.domain.refuse import is_in_scope
from trading.domain.window import TradeWindow


def set_reference(book: Book, price: int, events: list[Event]) -> None:
    """Set the price that bands go by until the next trade: the trades averaged so far are forgotten."""
    book.reference = book.fallback = price
    book.window = TradeWindow()
    book.sequence += 1
    events.append((REFERENCE_SET, price))


def set_parameters(book: Book, parameters: Parameters, events: list[Event]) -> None:
    """Change bands and steps. What rests off a new step rests on."""
    old, book.parameters = book.parameters, parameters
    book.review()
    book.sequence += 1
    events.append((PARAMETERS_CHANGED, old, parameters))


def engage_kill(book: Book, scope: str, scope_id: Hashable, events: list[Event]) -> None:
    """Take no more orders of a scope, and cancel those that rest or wait."""
    book.kills |= {(scope, scope_id)}
    book.review()
    book.sequence += 1
    events.append((KILL_ENGAGED, scope, scope_id))
    orders = [*book.orders.values(), *book.dormant.values()]
    cancel_all(book, (order for order in orders if is_in_scope(order, scope, scope_id)), KILL_SWITCH, events)


def release_kill(book: Book, scope: str, scope_id: Hashable, events: list[Event]) -> None:
    """Take orders of a scope again, as far as no other switch covers them."""
    book.kills -= {(scope, scope_id)}
    book.review()
    book.sequence += 1
    events.append((KILL_RELEASED, scope, scope_id))


def bust(book: Book, trade: TradeFacts, events: list[Event]) -> None:
    """Give a trade's undoing its place in the sequence. Orders do not reopen, prices seen stay seen."""
    book.sequence += 2
    events.append((BUSTED, trade))


def correct(book: Book, trade: TradeFacts, price: int, lots: int, events: list[Event]) -> None:
    """Undo a trade and put another in its stead."""
    bust(book, trade, events)
    book.sequence += 2
    events.append((CORRECTED, trade, price, lots))
