"""What can be asked of a book. Whatever changes an outcome is one of these, so a log of them can be replayed.

An instruction is a plain tuple, the cheapest thing to make and to read: its kind, the instant it was given
(integer microseconds since 1970 UTC), and what it is about.
"""

from collections.abc import Hashable
from typing import Final, Literal
from uuid import UUID

from trading.domain.book_order import BookOrder

PLACE: Final = "PLACE"
CANCEL: Final = "CANCEL"
CHANGE_PHASE: Final = "CHANGE_PHASE"
SET_REFERENCE: Final = "SET_REFERENCE"

THE_HOUSE: Final = UUID(int=0)
"""Who instructs when the house itself does. The log always names an actor; the audit's entry of the same act has the kind SYSTEM
and no id, so whoever reads both takes this for that."""

# (PLACE, at, order): match it, then let the remainder rest or expire.
Place = tuple[Literal["PLACE"], int, BookOrder]
# (CANCEL, at, order_id, reason): take a resting order out; reason is CLIENT_REQUEST or OPERATOR_REQUEST.
Cancel = tuple[Literal["CANCEL"], int, Hashable, str]
# (CHANGE_PHASE, at, phase, reason)
ChangePhase = tuple[Literal["CHANGE_PHASE"], int, str, str]
# (SET_REFERENCE, at, price in ticks)
SetReference = tuple[Literal["SET_REFERENCE"], int, int]

Instruction = Place | Cancel | ChangePhase | SetReference
