"""What becomes of an internal transfer and of a manual journal: the legal moves. Pure."""

from collections.abc import Mapping
from typing import Final

AWAITING_APPROVAL: Final = "AWAITING_APPROVAL"
EXECUTED: Final = "EXECUTED"
REJECTED: Final = "REJECTED"
CANCELLED: Final = "CANCELLED"
FAILED: Final = "FAILED"
REVERSED: Final = "REVERSED"

TRANSFER_MOVES: Final[Mapping[str, frozenset[str]]] = {
    AWAITING_APPROVAL: frozenset({EXECUTED, REJECTED, CANCELLED, FAILED}),
    EXECUTED: frozenset({REVERSED}),
}

DRAFT: Final = "DRAFT"
SUBMITTED: Final = "SUBMITTED"
POSTED: Final = "POSTED"

JOURNAL_MOVES: Final[Mapping[str, frozenset[str]]] = {
    DRAFT: frozenset({SUBMITTED, CANCELLED}),
    SUBMITTED: frozenset({POSTED, REJECTED, CANCELLED}),
    POSTED: frozenset({REVERSED}),
}

MOST_TRANSFERS: Final = 100
"""Transfers in one batch."""
MOST_LINES: Final = 100
"""Lines in one journal."""
MOST_ATTACHMENTS: Final = 10
"""Documents that a journal names."""
