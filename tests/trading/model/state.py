"""What the reference model remembers: one flat list of open orders, a few counters, and what prices mean.

Prices and amounts are whole numbers; `tick` and `lot` are in the same units, 1 unless the parameters changed. Rates are
in millionths, instants in microseconds. Nothing here is kept sorted, summed or indexed: whatever is asked is worked out anew
from the list.
"""

from copy import copy
from dataclasses import dataclass, field

MILLION = 1_000_000
BUCKET_MICROS = 10 * MILLION
BUCKETS = 30


@dataclass
class Order:
    """An order's terms and what became of it. By `quote` an order has a budget and `left` is what is left of that."""

    id: object
    type: str
    tif: str
    side: str
    amount: int | None = None
    quote: int | None = None
    price: int | None = None
    stop: int | None = None
    protection: int | None = None
    display: int | None = None
    expires: int | None = None
    stp: str = "CANCEL_NEWEST"
    group: object = None
    profile: object = None
    entity: object = None
    credential: object = None
    left: int = 0
    filled: int = 0
    prevented: int = 0
    shown: int = 0
    accepted: int = 0
    priority: int = 0
    is_dormant: bool = False

    @property
    def limit(self) -> int | None:
        """The worst price it takes."""
        return self.protection if self.type in ("MARKET", "STOP_MARKET") else self.price

    def show(self) -> None:
        """Show as much as it may."""
        self.shown = self.left if self.display is None else min(self.display, self.left)

    def terms(self) -> tuple:
        """What an amend can change; a stop that becomes a market order has its protection price for price."""
        return self.amount, self.limit, self.stop, self.display, self.expires


@dataclass
class State:
    """The market at one moment."""

    phase: str = "OPEN"
    sequence: int = 0
    position: int = 0
    engine_at: int = 0
    last_price: int | None = None
    # What stands in for the average: the last trade's price, or a reference set since.
    fallback: int | None = None
    # (instant, price, lots) of every trade since the reference was set.
    history: list[tuple[int, int, int]] = field(default_factory=list)
    tick: int = 1
    lot: int = 1
    entry_band: int | None = None
    execution_band: int | None = None
    kills: set[tuple] = field(default_factory=set)
    orders: list[Order] = field(default_factory=list)
    # Of the instruction at work:
    events: list[tuple] = field(default_factory=list)
    trades: list[tuple[int, int, int]] = field(default_factory=list)
    reference: int | None = None
    # Twice the mid, which may lie between two ticks.
    twice_mid: int | None = None

    def tell(self, *event: object) -> None:
        self.sequence += 1
        self.events.append((self.sequence, self.engine_at, *event))

    def trial(self, without: tuple[Order, ...] = ()) -> "State":
        """A second state in which anything may be tried, lacking some orders."""
        other = copy(self)
        left_out = {order.id for order in without}
        other.orders = [copy(order) for order in self.orders if order.id not in left_out]
        other.events = []
        other.trades = []
        return other

    def find(self, order_id: object) -> Order | None:
        return next((order for order in self.orders if order.id == order_id), None)

    def remove(self, order: Order) -> None:
        self.orders = [other for other in self.orders if other is not order]

    def queue(self, side: str) -> list[Order]:
        """The resting orders of a side, the one that goes first at the head."""
        sign = -1 if side == "BUY" else 1
        resting = [order for order in self.orders if order.side == side and not order.is_dormant]
        return sorted(resting, key=lambda order: (sign * order.price, order.priority))

    def opposite(self, order: Order) -> list[Order]:
        return self.queue("SELL" if order.side == "BUY" else "BUY")

    def crosses(self, side: str, price: int) -> bool:
        """Whether a limit order of this side and price would meet anybody at all."""
        against = self.queue("SELL" if side == "BUY" else "BUY")
        return bool(against) and not is_beyond(side, price, against[0].price)

    def look_at_prices(self) -> None:
        """Fix reference and mid for the instruction at work."""
        self.reference = self.average()
        if self.reference is None:
            self.reference = self.fallback
        bids, asks = self.queue("BUY"), self.queue("SELL")
        self.twice_mid = None if self.reference is None else 2 * self.reference
        if bids and asks:
            self.twice_mid = bids[0].price + asks[0].price

    def average(self) -> int | None:
        """Quote over base of the trades in this 10 s bucket and the 29 before it, half up to a tick."""
        now = self.engine_at // BUCKET_MICROS
        recent = [(price, lots) for at, price, lots in self.history if at // BUCKET_MICROS > now - BUCKETS]
        base = sum(lots for _, lots in recent)
        if not base:
            return None
        quote = sum(price * lots for price, lots in recent)
        return (2 * quote + base * self.tick) // (2 * base * self.tick) * self.tick

    def is_beyond_entry_band(self, side: str, price: int) -> bool:
        if self.twice_mid is None or self.entry_band is None:
            return False
        if side == "BUY":
            return 2 * price * MILLION > self.twice_mid * (MILLION + self.entry_band)
        return 2 * price * MILLION < self.twice_mid * (MILLION - self.entry_band)

    def execution_bounds(self) -> tuple[int, int] | None:
        """Lowest and highest price of a trade, rounded inward to ticks; None without a reference or a band."""
        if self.reference is None or self.execution_band is None:
            return None
        unit = MILLION * self.tick
        lowest = -(-self.reference * (MILLION - self.execution_band) // unit) * self.tick
        return lowest, self.reference * (MILLION + self.execution_band) // unit * self.tick

    def is_outside_execution_band(self, price: int) -> bool:
        bounds = self.execution_bounds()
        return bounds is not None and not bounds[0] <= price <= bounds[1]

    def depth(self) -> tuple[list[tuple], list[tuple]]:
        """All levels as they are shown: bids and asks as (price, amount), best first."""
        sides = []
        for side in ("BUY", "SELL"):
            sums = {}
            for order in self.queue(side):
                sums[order.price] = sums.get(order.price, 0) + order.shown
            sides.append(list(sums.items()))
        return sides[0], sides[1]


def is_beyond(side: str, limit: int | None, price: int) -> bool:
    """Whether `price` is worse than `limit` for whoever takes on this side."""
    if limit is None:
        return False
    return price > limit if side == "BUY" else price < limit
