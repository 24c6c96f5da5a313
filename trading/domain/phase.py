"""Phases of a market: what each lets in, and which may follow which.

A resting or waiting order may be cancelled in every phase, and its time may come in every phase. A halted market does
not reopen in one step: orders meet again after an auction, or after POST_ONLY where nothing is taken.
"""

from typing import Final

from trading.domain.book_order import MARKET, POST_ONLY_LIMIT, STOPS, BookOrder

CLOSED: Final = "CLOSED"
AUCTION: Final = "AUCTION"
OPEN: Final = "OPEN"
POST_ONLY: Final = "POST_ONLY"
CANCEL_ONLY: Final = "CANCEL_ONLY"
HALTED: Final = "HALTED"

MOVES: Final[dict[str, frozenset[str]]] = {
    CLOSED: frozenset({AUCTION, POST_ONLY, CANCEL_ONLY}),
    AUCTION: frozenset({OPEN, CLOSED, HALTED, CANCEL_ONLY}),
    OPEN: frozenset({AUCTION, POST_ONLY, CANCEL_ONLY, HALTED, CLOSED}),
    POST_ONLY: frozenset({OPEN, AUCTION, CANCEL_ONLY, HALTED, CLOSED}),
    CANCEL_ONLY: frozenset({AUCTION, POST_ONLY, HALTED, CLOSED}),
    HALTED: frozenset({AUCTION, CANCEL_ONLY, CLOSED}),
}
REASON_CODES: Final = (
    "VOLATILITY", "ERRONEOUS_ORDERS", "SYSTEM_FAULT", "CLEARING_RISK", "LEGAL_ORDER", "NEWS", "MAINTENANCE", "SCHEDULED",
    "AUCTION", "OTHER",
)  # fmt: skip
"""Why a market goes to another phase, as its history says it. The house itself says INVARIANT besides."""
# From AUCTION into one of these, the orders that meet are matched at one price.
UNCROSSING: Final = frozenset({OPEN, CLOSED})
MUST_NOT_CROSS: Final = frozenset({OPEN, POST_ONLY})
# A resting order may be amended; where orders are not matched against each other, only so that it takes nothing.
AMENDABLE: Final = frozenset({AUCTION, OPEN, POST_ONLY})

RESTING, TAKING, WAITING = "RESTING", "TAKING", "WAITING"
LETS_IN: Final[dict[str, frozenset[str]]] = {
    CLOSED: frozenset(),
    AUCTION: frozenset({RESTING, WAITING}),
    OPEN: frozenset({RESTING, TAKING, POST_ONLY_LIMIT, WAITING}),
    POST_ONLY: frozenset({RESTING, POST_ONLY_LIMIT, WAITING}),
    CANCEL_ONLY: frozenset(),
    HALTED: frozenset(),
}


def is_move_allowed(old: str, new: str) -> bool:
    """Whether a market in phase `old` may go to phase `new`. Staying where one is, is not a move."""
    return new in MOVES.get(old, frozenset())


def is_taken(phase: str, order_type: str, time_in_force: str) -> bool:
    """Whether the door takes an order of these terms in `phase`; what it would do there is the engine's to see."""
    if order_type in STOPS:
        kind = WAITING
    elif order_type == POST_ONLY_LIMIT:
        kind = POST_ONLY_LIMIT
    else:
        kind = RESTING if time_in_force in {"GTC", "GTT"} and order_type != MARKET else TAKING
    return kind in LETS_IN[phase]


def is_let_in(phase: str, order: BookOrder) -> bool:
    """Whether an order of this kind may be placed in `phase`; in POST_ONLY a limit order must not take besides."""
    if order.order_type in STOPS:
        kind = WAITING
    elif order.order_type == POST_ONLY_LIMIT:
        kind = POST_ONLY_LIMIT
    elif order.order_type == MARKET or order.is_fill_or_kill or not order.is_resting_allowed:
        kind = TAKING
    else:
        kind = RESTING
    return kind in LETS_IN[phase]
