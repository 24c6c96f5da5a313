"""What can be asked of a book. Whatever changes an outcome is one of these, so a log of them can be replayed.

An instruction is a plain tuple, the cheapest thing to make and to read: its kind, the instant it was given
(integer microseconds since 1970 UTC), and what it is about. Prices are in ticks, amounts in lots.

    (PLACE, at, order)
    (AMEND, at, order_id, amendment)
    (CANCEL, at, order_id, reason)                  reason CLIENT_REQUEST or OPERATOR_REQUEST
    (MASS_CANCEL, at, selection, reason)            reason MASS_CANCEL, DEAD_MANS_SWITCH, CONTROL_SET, MARKET_RETIRED
    (WAKE, at)                                      the time may have come for an order; does nothing else
    (CHANGE_PHASE, at, phase, reason, was)          was: the phase it has to be in, None if any will do
    (SET_REFERENCE, at, price)
    (SET_PARAMETERS, at, parameters)
    (ENGAGE_KILL, at, scope, scope_id)              scope FIRM MARKET (id None) ENTITY PROFILE CREDENTIAL
    (RELEASE_KILL, at, scope, scope_id)
    (BUST, at, trade)
    (CORRECT, at, trade, price, lots)               what the trade should have been
"""

from collections.abc import Hashable
from typing import Final, Literal, NamedTuple
from uuid import UUID

from trading.domain.book_order import BookOrder
from trading.domain.parameters import Parameters

PLACE: Final = "PLACE"
AMEND: Final = "AMEND"
CANCEL: Final = "CANCEL"
MASS_CANCEL: Final = "MASS_CANCEL"
WAKE: Final = "WAKE"
CHANGE_PHASE: Final = "CHANGE_PHASE"
SET_REFERENCE: Final = "SET_REFERENCE"
SET_PARAMETERS: Final = "SET_PARAMETERS"
ENGAGE_KILL: Final = "ENGAGE_KILL"
RELEASE_KILL: Final = "RELEASE_KILL"
BUST: Final = "BUST"
CORRECT: Final = "CORRECT"

THE_HOUSE: Final = UUID(int=0)
"""Who instructs when the house itself does. The log always names an actor; the audit's entry of the same act has the kind SYSTEM
and no id, so whoever reads both takes this for that."""


class Amendment(NamedTuple):
    """The new terms of an order; None leaves a term as it is. `amount` is the new total, fills included."""

    amount: int | None = None
    price: int | None = None
    stop_price: int | None = None
    display: int | None = None
    expires_at: int | None = None


class Selection(NamedTuple):
    """Which orders a MASS_CANCEL means: those that match all that is given; without anything, all."""

    profile: Hashable = None
    is_buy: bool | None = None
    credential: Hashable = None

    def has(self, order: BookOrder) -> bool:
        return (
            (self.profile is None or order.profile == self.profile)
            and (self.is_buy is None or order.is_buy == self.is_buy)
            and (self.credential is None or order.credential == self.credential)
        )


class TradeFacts(NamedTuple):
    """A trade as it stands in the history; the book itself remembers none."""

    trade_id: Hashable
    buy_order_id: Hashable
    sell_order_id: Hashable
    price: int
    lots: int


Place = tuple[Literal["PLACE"], int, BookOrder]
Amend = tuple[Literal["AMEND"], int, Hashable, Amendment]
Cancel = tuple[Literal["CANCEL"], int, Hashable, str]
MassCancel = tuple[Literal["MASS_CANCEL"], int, Selection, str]
Wake = tuple[Literal["WAKE"], int]
ChangePhase = tuple[Literal["CHANGE_PHASE"], int, str, str, str | None]
SetReference = tuple[Literal["SET_REFERENCE"], int, int]
SetParameters = tuple[Literal["SET_PARAMETERS"], int, Parameters]
EngageKill = tuple[Literal["ENGAGE_KILL"], int, str, Hashable]
ReleaseKill = tuple[Literal["RELEASE_KILL"], int, str, Hashable]
Bust = tuple[Literal["BUST"], int, TradeFacts]
Correct = tuple[Literal["CORRECT"], int, TradeFacts, int, int]

Instruction = (
    Place
    | Amend
    | Cancel
    | MassCancel
    | Wake
    | ChangePhase
    | SetReference
    | SetParameters
    | EngageKill
    | ReleaseKill
    | Bust
    | Correct
)
