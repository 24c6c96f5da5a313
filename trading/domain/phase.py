"""Phases of a market: what each lets in, and which may follow which.

Orders are placed and matched in OPEN alone; a resting order may be cancelled in every phase. A halted market
does not reopen in one step: it passes CANCEL_ONLY, where clients can take their orders back before that.
"""

from typing import Final

OPEN: Final = "OPEN"
CANCEL_ONLY: Final = "CANCEL_ONLY"
HALTED: Final = "HALTED"

MOVES: Final[dict[str, frozenset[str]]] = {
    OPEN: frozenset({CANCEL_ONLY, HALTED}),
    CANCEL_ONLY: frozenset({OPEN, HALTED}),
    HALTED: frozenset({CANCEL_ONLY}),
}


def is_move_allowed(old: str, new: str) -> bool:
    """Whether a market in phase `old` may go to phase `new`. Staying where one is, is not a move."""
    return new in MOVES.get(old, frozenset())
