"""Why the engine does not take an order, or a change of one: the first reason that holds, in the order of the codes."""

from __future__ import annotations

from collections.abc import Hashable

from trading.domain.book import Book
from trading.domain.book_order import POST_ONLY_LIMIT, STOPS, BookOrder
from trading.domain.collars import is_beyond_entry_band
from trading.domain.event import (
    KILL_SWITCH_ENGAGED,
    PARAMETERS_CHANGED,
    PHASE_NOT_ALLOWED,
    POST_ONLY_WOULD_TAKE,
    PRICE_BEYOND_ENTRY_BAND,
    STOP_WOULD_TRIGGER,
)
from trading.domain.instruction import Amendment
from trading.domain.phase import AMENDABLE, POST_ONLY, is_let_in
from trading.domain.stops import is_met_by

FIRM, MARKET, ENTITY, PROFILE, CREDENTIAL = "FIRM", "MARKET", "ENTITY", "PROFILE", "CREDENTIAL"


def refuse_placing(book: Book, order: BookOrder) -> str | None:
    """The reason why an arriving order is rejected; none if it is taken."""
    is_stop = order.order_type in STOPS
    if not is_let_in(book.phase, order):
        return PHASE_NOT_ALLOWED
    if not is_stop and _is_taking_barred(book, order) and book.is_met(order.is_buy, order.price):
        return POST_ONLY_WOULD_TAKE if order.order_type == POST_ONLY_LIMIT else PHASE_NOT_ALLOWED
    if not (is_stop or order.is_market) and is_beyond_entry_band(book, order.is_buy, order.price):
        return PRICE_BEYOND_ENTRY_BAND
    if order.stop_price is not None and is_met_by(order, order.stop_price, book.last_price):
        return STOP_WOULD_TRIGGER
    if is_killed(book, order):
        return KILL_SWITCH_ENGAGED
    # A protection price is the engine's own kind of bound, not a price of the client's.
    terms = Amendment(order.amount, None if order.is_market else order.price, order.stop_price, order.display)
    return PARAMETERS_CHANGED if _is_off_step(book, terms) else None


def refuse_amending(book: Book, order: BookOrder, change: Amendment) -> str | None:
    """The reason why a change is refused; `change` has only the terms that really differ."""
    if book.phase not in AMENDABLE:
        return PHASE_NOT_ALLOWED
    if change.price is not None and not order.is_dormant:
        if _is_taking_barred(book, order) and book.is_met(order.is_buy, change.price):
            return POST_ONLY_WOULD_TAKE if order.order_type == POST_ONLY_LIMIT else PHASE_NOT_ALLOWED
        if is_beyond_entry_band(book, order.is_buy, change.price):
            return PRICE_BEYOND_ENTRY_BAND
    if change.stop_price is not None and (not order.is_dormant or is_met_by(order, change.stop_price, book.last_price)):
        return STOP_WOULD_TRIGGER
    if is_killed(book, order):
        return KILL_SWITCH_ENGAGED
    if order.is_market:
        change = change._replace(price=None)
    return PARAMETERS_CHANGED if _is_off_step(book, change) else None


def _is_taking_barred(book: Book, order: BookOrder) -> bool:
    return order.order_type == POST_ONLY_LIMIT or book.phase == POST_ONLY


def _is_off_step(book: Book, terms: Amendment) -> bool:
    """Whether a given term is no multiple of the market's tick or lot."""
    tick, lot = book.parameters.tick, book.parameters.lot
    return any(
        value is not None and value % step != 0
        for value, step in (
            (terms.amount, lot),
            (terms.price, tick),
            (terms.stop_price, tick),
            (terms.display, lot),
        )
    )


def is_killed(book: Book, order: BookOrder) -> bool:
    """Whether a kill switch covers the order."""
    return any(is_in_scope(order, scope, scope_id) for scope, scope_id in book.kills)


def is_in_scope(order: BookOrder, scope: str, scope_id: Hashable) -> bool:
    """Whether a kill switch of this scope covers the order."""
    if scope == ENTITY:
        return order.entity == scope_id
    if scope == PROFILE:
        return order.profile == scope_id
    if scope == CREDENTIAL:
        return order.credential == scope_id
    return True
