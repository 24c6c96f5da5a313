"""The one price at which an auction clears, and who meets whom there. Pure: it looks at a book and changes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from trading.domain.book import Book, living_orders
from trading.domain.book_order import BookOrder
from trading.domain.collars import reference_of
from trading.domain.level import Side


class Clearing(NamedTuple):
    """An auction's price in ticks, the lots that trade, and the lots of buys less sells at that price."""

    price: int
    lots: int
    imbalance: int


class Pair(NamedTuple):
    """A buy and a sell that meet for these lots; which of the two has then used up its display and shows the next."""

    buy: BookOrder
    sell: BookOrder
    lots: int
    is_buy_refilled: bool
    is_sell_refilled: bool


class Rehearsal(NamedTuple):
    """An auction as it would go: the orders to cancel before (they would meet their own group), then the pairs."""

    clearing: Clearing | None
    to_cancel: list[BookOrder]
    pairs: list[Pair]


def indicative(book: Book) -> Clearing | None:
    """Where the auction would clear now, before any self-trade is prevented; none while the book is not crossed."""
    return _clear(book, frozenset())


def rehearse(book: Book) -> Rehearsal:
    """Walk the pairs at the clearing price; where two of a group meet, leave the later out and start again."""
    left_out: list[BookOrder] = []
    while True:
        without = frozenset(left_out)
        clearing = _clear(book, without)
        if clearing is None:
            return Rehearsal(None, left_out, [])
        pairs = []
        for pair in _walk(book, clearing.price, without):
            if pair.buy.group == pair.sell.group:
                left_out.append(max(pair.buy, pair.sell, key=lambda order: order.priority))
                break
            pairs.append(pair)
        else:
            return Rehearsal(clearing, left_out, pairs)


def _clear(book: Book, without: frozenset[BookOrder]) -> Clearing | None:
    """Largest volume, then smallest imbalance, then nearest to the reference, then highest."""
    bids, asks = _lots_by_price(book.bids, without), _lots_by_price(book.asks, without)
    if not bids or not asks or max(bids) < min(asks):
        return None
    lowest, highest = min(asks), max(bids)
    limits = sorted({price for price in bids.keys() | asks.keys() if lowest <= price <= highest})
    reference = reference_of(book)
    step = book.parameters.tick
    if reference is None:
        reference = (lowest + highest) // 2 // step * step
    best: tuple[tuple[int, int, int, int], Clearing] | None = None
    demands = _sums_down(bids, limits)
    supplies = _sums_up(asks, limits)
    for price, demand, supply in _spans(limits, demands, supplies, reference, step):
        lots, imbalance = min(demand, supply), demand - supply
        rank = (-lots, abs(imbalance), abs(price - reference), -price)
        if best is None or rank < best[0]:
            best = rank, Clearing(price, lots, imbalance)
    return None if best is None else best[1]


def _lots_by_price(side: Side, without: frozenset[BookOrder]) -> dict[int, int]:
    sums = {
        level.price: sum(order.open_lots for order in level if order not in without) for level in side.levels.values()
    }
    return {price: lots for price, lots in sums.items() if lots}


def _sums_down(lots: dict[int, int], limits: list[int]) -> dict[int, int]:
    """For each limit, the buys at it or above."""
    return dict(zip(reversed(limits), accumulate(lots.get(price, 0) for price in reversed(limits)), strict=True))


def _sums_up(lots: dict[int, int], limits: list[int]) -> dict[int, int]:
    """For each limit, the sells at it or below."""
    return dict(zip(limits, accumulate(lots.get(price, 0) for price in limits), strict=True))


def _spans(
    limits: list[int], demands: dict[int, int], supplies: dict[int, int], reference: int, step: int
) -> Iterator[tuple[int, int, int]]:
    """Candidate prices with the buys and sells there: each limit, and of the ticks between two, where the sums do not
    change, the one nearest to the reference (the higher of two).
    """
    for price in limits:
        yield price, demands[price], supplies[price]
    for low, high in pairwise(limits):
        first, last = (low // step + 1) * step, (high - 1) // step * step
        if first <= last:
            # Reference and bounds are whole ticks, but a reference from before a change of the tick may not be.
            nearest = min(max((2 * reference + step) // (2 * step) * step, first), last)
            yield nearest, demands[high], supplies[low]


@dataclass(slots=True)
class _Entry:
    """An order in an auction, with what it still shows and hides."""

    order: BookOrder
    shown: int
    hidden: int


class _Queue:
    """One side of an auction in price-time order."""

    def __init__(self, side: Side, bound: int, without: frozenset[BookOrder]) -> None:
        self._levels = deque(
            deque(
                _Entry(order, order.remaining, order.hidden)
                for order in living_orders(side.levels[rank])
                if order not in without
            )
            for rank in sorted(rank for rank in side.levels if rank <= bound)
        )

    def first(self) -> _Entry | None:
        while self._levels and not self._levels[0]:
            self._levels.popleft()
        return self._levels[0][0] if self._levels else None

    def fill(self, lots: int) -> bool:
        """Take lots off the first; answers whether it shows the next ones, at the back of its level."""
        level = self._levels[0]
        entry = level[0]
        entry.shown -= lots
        if entry.shown:
            return False
        level.popleft()
        if not entry.hidden:
            return False
        assert entry.order.display is not None
        entry.shown = min(entry.order.display, entry.hidden)
        entry.hidden -= entry.shown
        level.append(entry)
        return True


def _walk(book: Book, price: int, without: frozenset[BookOrder]) -> Iterator[Pair]:
    """The pairs at `price`, one after the other."""
    buys, sells = _Queue(book.bids, -price, without), _Queue(book.asks, price, without)
    while True:
        buy, sell = buys.first(), sells.first()
        if buy is None or sell is None:
            return
        lots = min(buy.shown, sell.shown)
        yield Pair(buy.order, sell.order, lots, buys.fill(lots), sells.fill(lots))
