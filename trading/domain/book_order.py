"""An order as the book sees it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from trading.domain.level import Level

LIMIT: Final = "LIMIT"
POST_ONLY_LIMIT: Final = "POST_ONLY_LIMIT"
MARKET: Final = "MARKET"
STOP_MARKET: Final = "STOP_MARKET"
STOP_LIMIT: Final = "STOP_LIMIT"
ICEBERG: Final = "ICEBERG"

STOPS: Final = (STOP_MARKET, STOP_LIMIT)

# What happens where an arriving order meets one of its own group.
CANCEL_NEWEST: Final = "CANCEL_NEWEST"
CANCEL_OLDEST: Final = "CANCEL_OLDEST"
CANCEL_BOTH: Final = "CANCEL_BOTH"
DECREMENT_AND_CANCEL: Final = "DECREMENT_AND_CANCEL"


@dataclass(slots=True, eq=False)
class BookOrder:
    """The one object that the engine and the accounts share for an order, from its instruction to its end.

    Whoever reads the instructions makes it; from PLACE on only the engine writes to it, save `account`. It
    is compared by identity. A closed order (filled, expired, cancelled, rejected) has `remaining`, `hidden` and
    `budget` 0 and is no longer in the book.
    """

    order_id: Hashable
    is_buy: bool
    # The worst price it may trade at, in ticks: the limit price, or the protection price of a market order.
    price: int
    # Lots: what was asked for, and what can trade now: all that is still to trade, or what a resting iceberg
    # displays of it. Of an order by budget both are 0.
    amount: int
    remaining: int
    # What is left after matching rests in the book (a limit order good till cancelled, or till a time);
    # otherwise it expires. False of a STOP_MARKET too, which waits but does not rest.
    is_resting_allowed: bool
    # MARKET, and STOP_MARKET: `price` is a protection price.
    is_market: bool
    # Orders of equal groups never trade with each other. Compared at each fill: an int or a str is cheap.
    group: Hashable
    # Sequence of the event that put it where it rests; lower goes first. 0 until it rests.
    priority: int = 0
    order_type: str = LIMIT
    is_fill_or_kill: bool = False
    # As a taker, towards its own group.
    mode: str = CANCEL_NEWEST
    # A market buy by quote amount: what is left to spend, in tick-lots (price in ticks x lots), without fees.
    budget: int | None = None
    # A stop's, in ticks: it waits (`is_dormant`) for a trade at this price or beyond.
    stop_price: int | None = None
    # An iceberg's, in lots: how much it shows at a time.
    display: int | None = None
    # Good till this instant (microseconds); at it, it is over.
    expires_at: int | None = None
    # Whose it is, for those who cancel or kill by it.
    profile: Hashable = None
    entity: Hashable = None
    credential: Hashable = None
    # The engine's own from here on. Lots that a resting iceberg keeps behind its display:
    hidden: int = 0
    # Lots it lost to orders of its own group, by their mode or its own.
    prevented: int = 0
    # Sequence of its ACCEPTED; 0 before.
    accepted: int = 0
    is_dormant: bool = False
    # Nothing but price, amount and whether it may rest: what the engine's quick road takes.
    is_plain: bool = field(init=False, repr=False)
    # The level it rests on.
    level: Level | None = field(default=None, repr=False)
    # The accounts' own; the engine never touches it.
    account: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.is_plain = (
            (self.order_type == LIMIT or self.order_type == MARKET)
            and not self.is_fill_or_kill
            and self.expires_at is None
            and self.budget is None
        )

    @property
    def open_lots(self) -> int:
        """What is still to trade, hidden lots included."""
        return self.remaining + self.hidden
