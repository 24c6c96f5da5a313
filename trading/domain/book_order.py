"""An order as the book sees it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trading.domain.level import Level


@dataclass(slots=True, eq=False)
class BookOrder:
    """The one object that the engine and the accounts share for an order, from its instruction to its end.

    Whoever reads the instructions makes it; from PLACE on only the engine writes to it, save `account`. It
    is compared by identity. A closed order (filled, expired, cancelled, rejected) has `remaining` 0 and is
    no longer in the book.
    """

    order_id: Hashable
    is_buy: bool
    # The worst price it may trade at, in ticks: the limit price, or the protection price of a market order.
    price: int
    # Lots: what was asked for, and what is still to trade.
    amount: int
    remaining: int
    # What is left after matching rests in the book (a limit order good till cancelled); otherwise it expires.
    is_resting_allowed: bool
    is_market: bool
    # Orders of equal groups never trade with each other. Compared at each fill: an int or a str is cheap.
    group: Hashable
    # Sequence of the event that put it where it rests; lower goes first. 0 until it rests.
    priority: int = 0
    # The engine's own: the level it rests on.
    level: Level | None = field(default=None, repr=False)
    # The accounts' own; the engine never touches it.
    account: Any = field(default=None, repr=False)
