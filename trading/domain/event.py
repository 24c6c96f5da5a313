"""What a book answers. Events are plain tuples: a kind, then what cannot be read from the orders later on.

Prices are in ticks, amounts in lots. `order`, `maker` and `taker` are the BookOrder objects themselves,
which go on changing; the figures beside them are those of the moment. Every event takes one sequence number
of its market, TRADED takes two: the first is the maker's execution, the second the taker's. In the order in
which they can follow a PLACE:

    (ACCEPTED, order)
    (REJECTED, order, reason)           never accepted; stands alone; reason PHASE_NOT_ALLOWED
    (TRADED, maker, taker, price, lots, maker_remaining, taker_remaining)
                                        price is the maker's; the remainders are those after the fill.
                                        Remaining 0 means FILLED: no further event says so
    (PREVENTED, taker, maker, lots)     they are of one group and would have traded these lots; a CANCELLED of
                                        the taker follows
    (RESTED, order, remaining)          its sequence number becomes the order's priority
    (EXPIRED, order, reason, lapsed)    reason IOC_REMAINDER or PROTECTION_PRICE_REACHED; lapsed lots, never 0
    (CANCELLED, order, reason, lapsed)  reason SELF_TRADE, or that of the CANCEL; lapsed lots, never 0

and after the others:

    (CANCEL_REFUSED, order_id, reason)  reason ORDER_ALREADY_CLOSED: no such order rests
    (PHASE_CHANGED, old, new, reason)   reason is the instruction's
    (PHASE_REFUSED, old, new, reason)   reason PHASE_NOT_ALLOWED: that phase may not follow this one
    (REFERENCE_SET, price)
"""

from collections.abc import Hashable
from typing import Final, Literal

from trading.domain.book_order import BookOrder

ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
TRADED: Final = "TRADED"
PREVENTED: Final = "PREVENTED"
RESTED: Final = "RESTED"
EXPIRED: Final = "EXPIRED"
CANCELLED: Final = "CANCELLED"
CANCEL_REFUSED: Final = "CANCEL_REFUSED"
PHASE_CHANGED: Final = "PHASE_CHANGED"
PHASE_REFUSED: Final = "PHASE_REFUSED"
REFERENCE_SET: Final = "REFERENCE_SET"

# Reasons. Those of a CANCEL are handed in with it.
PHASE_NOT_ALLOWED: Final = "PHASE_NOT_ALLOWED"
IOC_REMAINDER: Final = "IOC_REMAINDER"
PROTECTION_PRICE_REACHED: Final = "PROTECTION_PRICE_REACHED"
SELF_TRADE: Final = "SELF_TRADE"
CLIENT_REQUEST: Final = "CLIENT_REQUEST"
OPERATOR_REQUEST: Final = "OPERATOR_REQUEST"
ORDER_ALREADY_CLOSED: Final = "ORDER_ALREADY_CLOSED"

Accepted = tuple[Literal["ACCEPTED"], BookOrder]
Rejected = tuple[Literal["REJECTED"], BookOrder, str]
Traded = tuple[Literal["TRADED"], BookOrder, BookOrder, int, int, int, int]
Prevented = tuple[Literal["PREVENTED"], BookOrder, BookOrder, int]
Rested = tuple[Literal["RESTED"], BookOrder, int]
Expired = tuple[Literal["EXPIRED"], BookOrder, str, int]
Cancelled = tuple[Literal["CANCELLED"], BookOrder, str, int]
CancelRefused = tuple[Literal["CANCEL_REFUSED"], Hashable, str]
PhaseChanged = tuple[Literal["PHASE_CHANGED"], str, str, str]
PhaseRefused = tuple[Literal["PHASE_REFUSED"], str, str, str]
ReferenceSet = tuple[Literal["REFERENCE_SET"], int]

Event = (
    Accepted
    | Rejected
    | Traded
    | Prevented
    | Rested
    | Expired
    | Cancelled
    | CancelRefused
    | PhaseChanged
    | PhaseRefused
    | ReferenceSet
)


def count_sequence_numbers(event: Event) -> int:
    """How many sequence numbers of its market an event takes: 2 for a trade (maker, then taker), else 1."""
    return 2 if event[0] == TRADED else 1
