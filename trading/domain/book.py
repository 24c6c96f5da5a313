"""The order book of one market: what rests, what waits, and the counters.

Everything is in integers: prices in ticks, amounts in lots, instants in microseconds. Only `trading.domain.engine`
and the verbs it calls change a book.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

from trading.domain.agenda import Agenda
from trading.domain.book_order import BookOrder
from trading.domain.level import Level, Side
from trading.domain.parameters import Parameters
from trading.domain.phase import MUST_NOT_CROSS, OPEN
from trading.domain.window import Bucket, TradeWindow

UNBOUNDED: Final = Parameters()


class BookInvariantBroken(Exception):
    """An instruction that no door should have let through, or a book that contradicts itself.

    The book may be half changed: throw it away together with the batch, and restore it from the open orders.
    """


def _hour_of(order: BookOrder) -> int | None:
    return order.expires_at if order.remaining and (order.level is not None or order.is_dormant) else None


def _buy_stop_of(order: BookOrder) -> int | None:
    return order.stop_price if order.is_dormant else None


def _sell_stop_of(order: BookOrder) -> int | None:
    return -order.stop_price if order.is_dormant and order.stop_price is not None else None


class Book:
    """Resting and waiting orders of one market and its counters, as of `sequence` and `position`.

    `sequence` is the number of the last event, `position` that of the last instruction, `engine_at` the
    latest instant the engine has seen (microseconds), `reference` the price last set, `last_price` that of the
    last trade and `fallback` the later of the two, in ticks. `kills` are the switches engaged, as (scope, scope id).
    """

    __slots__ = (
        "asks",
        "bids",
        "buy_stops",
        "dormant",
        "engine_at",
        "fallback",
        "hours",
        "is_watched",
        "kills",
        "last_price",
        "measured_position",
        "measured_reference",
        "orders",
        "parameters",
        "phase",
        "position",
        "reference",
        "sell_stops",
        "sequence",
        "window",
    )

    def __init__(  # noqa: PLR0913 - a book has this many facts besides its orders
        self,
        *,
        phase: str = OPEN,
        sequence: int = 0,
        position: int = 0,
        engine_at: int = 0,
        reference: int | None = None,
        last_price: int | None = None,
        fallback: int | None = None,
        parameters: Parameters = UNBOUNDED,
        kills: Iterable[tuple[str, Hashable]] = (),
        buckets: Iterable[Bucket] = (),
    ) -> None:
        self.phase = phase
        self.sequence = sequence
        self.position = position
        self.engine_at = engine_at
        self.reference = reference
        self.last_price = last_price
        if fallback is None:
            fallback = reference if last_price is None else last_price
        self.fallback = fallback
        self.parameters = parameters
        self.kills = frozenset(kills)
        self.window = TradeWindow(buckets)
        # The reference price, and for which instruction it was measured.
        self.measured_position = -1
        self.measured_reference: int | None = None
        self._clear()
        self.review()

    def _clear(self) -> None:
        self.bids = Side()
        self.asks = Side()
        self.orders: dict[Hashable, BookOrder] = {}
        self.dormant: dict[Hashable, BookOrder] = {}
        self.hours = Agenda(_hour_of)
        # Sells by the negative of their price: either agenda is reached from its lower end.
        self.buy_stops = Agenda(_buy_stop_of)
        self.sell_stops = Agenda(_sell_stop_of)

    def review(self) -> None:
        """See whether an arriving order needs more than the quick road's looks. After each change of phase or rules."""
        parameters = self.parameters
        self.is_watched = bool(
            self.phase != OPEN
            or self.kills
            or parameters.entry_band is not None
            or parameters.tick != 1
            or parameters.lot != 1
        )

    def restore(self, orders: Iterable[BookOrder]) -> None:
        """Replace the orders by these, the resting ones in ascending `priority`; counters stay as they are.

        Refuses (BookInvariantBroken) what no book could hold: priorities out of order or beyond `sequence`,
        an order with nothing remaining, an id given twice, a bid that meets an ask where the market trades.
        """
        self._clear()
        last = 0
        for order in orders:
            if order.is_dormant:
                self.park(order)
            elif order.remaining < 1 or not last < order.priority <= self.sequence:
                raise BookInvariantBroken(f"order {order.order_id} is closed or its priority out of order")
            else:
                last = order.priority
                self.put(order)
            if order.expires_at is not None:
                self.hours.put(order)
        if self.phase in MUST_NOT_CROSS and self.is_crossed():
            raise BookInvariantBroken(f"bid {self.best_bid()} meets ask {self.best_ask()}")

    def put(self, order: BookOrder) -> None:
        """Append an order to its level, which is opened or brought back to life where needed."""
        if self.orders.setdefault(order.order_id, order) is not order:
            raise BookInvariantBroken(f"another order with the id {order.order_id} rests already")
        side, rank = (self.bids, -order.price) if order.is_buy else (self.asks, order.price)
        level = side.levels.get(rank)
        if level is None:
            level = side.open_level(order.price, rank)
        elif not level.lots:
            side.vacant -= 1
        level.lots += order.remaining
        level.append(order)
        order.level = level

    def lift(self, order: BookOrder) -> None:
        """Take a resting order off its level; it leaves with nothing remaining, for its entry stays in the queue."""
        del self.orders[order.order_id]
        level = order.level
        assert level is not None
        order.level = None
        level.lots -= order.remaining
        order.remaining = order.hidden = 0
        if level.lots:
            level.bury_one()
        else:
            (self.bids if order.is_buy else self.asks).leave(level)

    def park(self, order: BookOrder) -> None:
        """Let a stop wait for its price."""
        if self.dormant.setdefault(order.order_id, order) is not order:
            raise BookInvariantBroken(f"another order with the id {order.order_id} waits already")
        order.is_dormant = True
        (self.buy_stops if order.is_buy else self.sell_stops).put(order)

    def find(self, order_id: Hashable) -> BookOrder | None:
        """The resting or waiting order of this id."""
        return self.orders.get(order_id) or self.dormant.get(order_id)

    def is_crossed(self) -> bool:
        """Whether the best bid meets the best ask, as it may before an auction."""
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid.price >= ask.price

    def is_met(self, is_buy: bool, price: int) -> bool:
        """Whether an order at `price` would meet the other side."""
        best = (self.asks if is_buy else self.bids).best
        return best is not None and best.rank <= (price if is_buy else -price)

    def best_bid(self) -> tuple[int, int] | None:
        """The highest bid: price in ticks, lots displayed at that price."""
        level = self.bids.best
        return None if level is None else (level.price, level.lots)

    def best_ask(self) -> tuple[int, int] | None:
        """The lowest ask: price in ticks, lots displayed at that price."""
        level = self.asks.best
        return None if level is None else (level.price, level.lots)

    def depth(self, levels: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The best `levels` bids and asks, each (price in ticks, lots displayed), best first."""
        return self.bids.depth(levels), self.asks.depth(levels)


def living_orders(level: Level) -> list[BookOrder]:
    """The orders of a level, the first to trade first."""
    return [order for order in level if order.remaining]
