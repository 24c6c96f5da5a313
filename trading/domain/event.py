"""What a book answers. Events are plain tuples: a kind, then what cannot be read from the orders later on.

Prices are in ticks, amounts in lots. `order`, `maker` and `taker` are the BookOrder objects themselves,
which go on changing; the figures beside them are those of the moment, and a `remaining` counts hidden lots in.
Every event takes one sequence number of its market; a trade (TRADED, AUCTIONED, BUSTED, CORRECTED) takes two:
maker then taker, or buyer then seller. Before an instruction's own events come those of orders whose time has come:

    (EXPIRED, order, TIME_REACHED, lapsed)          by accepted sequence

then, in the order in which they can follow a PLACE:

    (REJECTED, order, reason)           never accepted; stands alone; reasons, the first that holds:
                                        PHASE_NOT_ALLOWED POST_ONLY_WOULD_TAKE PRICE_BEYOND_ENTRY_BAND
                                        STOP_WOULD_TRIGGER KILL_SWITCH_ENGAGED PARAMETERS_CHANGED
    (ACCEPTED, order)
    (TRADED, maker, taker, price, lots, maker_remaining, taker_remaining)
                                        price is the maker's; the remainders are those after the fill.
                                        Remaining 0 means FILLED: no further event says so. A taker by budget has
                                        for remainder what is left to spend, in tick-lots
    (REFILLED, order, displayed)        an iceberg shows its next lots, at the back of its level
    (PREVENTED, taker, maker, lots)     they are of one group and would have traded these lots; what follows is the
                                        taker's mode: a CANCELLED of the maker, of the taker, of both in this order
                                        (DECREMENT_AND_CANCEL: of whom nothing is left, with nothing lapsed, for
                                        both lose these lots as prevented)
    (RESTED, order, remaining)          its sequence number becomes the order's priority
    (PARKED, order, remaining)          a stop waits
    (EXPIRED, order, reason, lapsed)    reasons IOC_REMAINDER FOK_NOT_FILLABLE EXECUTION_BAND_REACHED
                                        PROTECTION_PRICE_REACHED BUDGET_BELOW_ONE_LOT TIME_REACHED; lapsed lots (of an
                                        order by budget: tick-lots), never 0
    (CANCELLED, order, reason, lapsed)  reason SELF_TRADE AMENDED_BELOW_FILLED KILL_SWITCH, or that of the CANCEL or
                                        MASS_CANCEL; lapsed as above, 0 after PREVENTED by DECREMENT_AND_CANCEL and
                                        after AMENDED_BELOW_FILLED
    (TRIGGERED, order)                  a stop is met; the same steps follow as after ACCEPTED

and after the others:

    (AMENDED, order, old, new, is_priority_kept, remaining)
                                        old and new are Amendments with every term filled in. With its priority lost
                                        its sequence number is the new one, unless steps and a RESTED follow
    (AMEND_REFUSED, order_id, reason)   reasons as for REJECTED, and ORDER_ALREADY_CLOSED; nothing has changed
    (CANCEL_REFUSED, order_id, reason)  reason ORDER_ALREADY_CLOSED: no such order rests or waits
    (MASS_CANCELLED, count)             after the CANCELLED of each, by accepted sequence
    (PHASE_CHANGED, old, new, reason)   reason is the instruction's
    (PHASE_REFUSED, old, new, reason)   reason PHASE_NOT_ALLOWED: that phase may not follow this one, or was asked for
                                        in another; BOOK_IS_CROSSED,
                                        AUCTION_PRICE_OUTSIDE_BAND; stands alone
    (UNCROSSED, price, lots, imbalance) an auction's price and volume, and buys less sells there; before PHASE_CHANGED,
                                        with one AUCTIONED for each pair:
    (AUCTIONED, buy, sell, price, lots, buy_remaining, sell_remaining)
                                        then REFILLED of the buy, of the sell, where used up
    (REFERENCE_SET, price)
    (PARAMETERS_CHANGED, old, new)
    (KILL_ENGAGED, scope, scope_id)     a CANCELLED (KILL_SWITCH) of each order in its scope follows
    (KILL_RELEASED, scope, scope_id)
    (BUSTED, trade)                     trade is the instruction's TradeFacts
    (CORRECTED, trade, price, lots)     after BUSTED
"""

from collections.abc import Hashable
from typing import Final, Literal

from trading.domain.book_order import BookOrder
from trading.domain.instruction import Amendment, TradeFacts
from trading.domain.parameters import Parameters

ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
TRADED: Final = "TRADED"
REFILLED: Final = "REFILLED"
PREVENTED: Final = "PREVENTED"
RESTED: Final = "RESTED"
PARKED: Final = "PARKED"
EXPIRED: Final = "EXPIRED"
CANCELLED: Final = "CANCELLED"
TRIGGERED: Final = "TRIGGERED"
AMENDED: Final = "AMENDED"
AMEND_REFUSED: Final = "AMEND_REFUSED"
CANCEL_REFUSED: Final = "CANCEL_REFUSED"
MASS_CANCELLED: Final = "MASS_CANCELLED"
PHASE_CHANGED: Final = "PHASE_CHANGED"
PHASE_REFUSED: Final = "PHASE_REFUSED"
UNCROSSED: Final = "UNCROSSED"
AUCTIONED: Final = "AUCTIONED"
REFERENCE_SET: Final = "REFERENCE_SET"
PARAMETERS_CHANGED: Final = "PARAMETERS_CHANGED"
KILL_ENGAGED: Final = "KILL_ENGAGED"
KILL_RELEASED: Final = "KILL_RELEASED"
BUSTED: Final = "BUSTED"
CORRECTED: Final = "CORRECTED"

# Reasons. Those of a CANCEL and of a MASS_CANCEL are handed in with it.
PHASE_NOT_ALLOWED: Final = "PHASE_NOT_ALLOWED"
POST_ONLY_WOULD_TAKE: Final = "POST_ONLY_WOULD_TAKE"
PRICE_BEYOND_ENTRY_BAND: Final = "PRICE_BEYOND_ENTRY_BAND"
STOP_WOULD_TRIGGER: Final = "STOP_WOULD_TRIGGER"
KILL_SWITCH_ENGAGED: Final = "KILL_SWITCH_ENGAGED"
ORDER_ALREADY_CLOSED: Final = "ORDER_ALREADY_CLOSED"
BOOK_IS_CROSSED: Final = "BOOK_IS_CROSSED"
AUCTION_PRICE_OUTSIDE_BAND: Final = "AUCTION_PRICE_OUTSIDE_BAND"
TIME_REACHED: Final = "TIME_REACHED"
IOC_REMAINDER: Final = "IOC_REMAINDER"
FOK_NOT_FILLABLE: Final = "FOK_NOT_FILLABLE"
EXECUTION_BAND_REACHED: Final = "EXECUTION_BAND_REACHED"
PROTECTION_PRICE_REACHED: Final = "PROTECTION_PRICE_REACHED"
BUDGET_BELOW_ONE_LOT: Final = "BUDGET_BELOW_ONE_LOT"
SELF_TRADE: Final = "SELF_TRADE"
AMENDED_BELOW_FILLED: Final = "AMENDED_BELOW_FILLED"
KILL_SWITCH: Final = "KILL_SWITCH"
CLIENT_REQUEST: Final = "CLIENT_REQUEST"
OPERATOR_REQUEST: Final = "OPERATOR_REQUEST"

Accepted = tuple[Literal["ACCEPTED"], BookOrder]
Rejected = tuple[Literal["REJECTED"], BookOrder, str]
Traded = tuple[Literal["TRADED"], BookOrder, BookOrder, int, int, int, int]
Refilled = tuple[Literal["REFILLED"], BookOrder, int]
Prevented = tuple[Literal["PREVENTED"], BookOrder, BookOrder, int]
Rested = tuple[Literal["RESTED"], BookOrder, int]
Parked = tuple[Literal["PARKED"], BookOrder, int]
Expired = tuple[Literal["EXPIRED"], BookOrder, str, int]
Cancelled = tuple[Literal["CANCELLED"], BookOrder, str, int]
Triggered = tuple[Literal["TRIGGERED"], BookOrder]
Amended = tuple[Literal["AMENDED"], BookOrder, Amendment, Amendment, bool, int]
AmendRefused = tuple[Literal["AMEND_REFUSED"], Hashable, str]
CancelRefused = tuple[Literal["CANCEL_REFUSED"], Hashable, str]
MassCancelled = tuple[Literal["MASS_CANCELLED"], int]
PhaseChanged = tuple[Literal["PHASE_CHANGED"], str, str, str]
PhaseRefused = tuple[Literal["PHASE_REFUSED"], str, str, str]
Uncrossed = tuple[Literal["UNCROSSED"], int, int, int]
Auctioned = tuple[Literal["AUCTIONED"], BookOrder, BookOrder, int, int, int, int]
ReferenceSet = tuple[Literal["REFERENCE_SET"], int]
ParametersChanged = tuple[Literal["PARAMETERS_CHANGED"], Parameters, Parameters]
KillEngaged = tuple[Literal["KILL_ENGAGED"], str, Hashable]
KillReleased = tuple[Literal["KILL_RELEASED"], str, Hashable]
Busted = tuple[Literal["BUSTED"], TradeFacts]
Corrected = tuple[Literal["CORRECTED"], TradeFacts, int, int]

Event = (
    Accepted
    | Rejected
    | Traded
    | Refilled
    | Prevented
    | Rested
    | Parked
    | Expired
    | Cancelled
    | Triggered
    | Amended
    | AmendRefused
    | CancelRefused
    | MassCancelled
    | PhaseChanged
    | PhaseRefused
    | Uncrossed
    | Auctioned
    | ReferenceSet
    | ParametersChanged
    | KillEngaged
    | KillReleased
    | Busted
    | Corrected
)

OF_TWO_NUMBERS: Final = frozenset({TRADED, AUCTIONED, BUSTED, CORRECTED})


def count_sequence_numbers(event: Event) -> int:
    """How many sequence numbers of its market an event takes: 2 for a trade (one for each side), else 1."""
    return 2 if event[0] in OF_TWO_NUMBERS else 1
