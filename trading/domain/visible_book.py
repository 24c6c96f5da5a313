"""What everybody may see of a book: the displayed amount at each price, and which of them a batch has changed.

A copy of the book's levels as they were last told. Only the levels of orders that a batch touched are compared with it, so a
batch costs what it changed and not what the book holds.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Final, NamedTuple

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.checksum import LEVELS, book_checksum
from trading.domain.level import Side

# From so many levels opened and emptied at once it is cheaper to sort them anew.
_SORT_ANEW_FROM: Final = 1_000

Levels = list[tuple[int, int]]


class BookChanges(NamedTuple):
    """The levels that differ from those last told, best first: (price in ticks, lots displayed now), 0 lots for a level gone."""

    asks: Levels
    bids: Levels

    @property
    def total(self) -> int:
        """How many levels there are on both sides."""
        return len(self.asks) + len(self.bids)


class _VisibleSide:
    """Lots by rank (see `trading.domain.level`), and the ranks that have any: negative, so that the best is at the end."""

    __slots__ = ("_order", "lots")

    def __init__(self, side: Side) -> None:
        self.lots = {rank: level.lots for rank, level in side.levels.items() if level.lots}
        self._order = sorted(-rank for rank in self.lots)

    def follow(self, side: Side, ranks: Iterable[int]) -> Levels:
        """Take over the lots at these ranks; answers (rank, lots) of those that differ, best first."""
        levels, mine = side.levels, self.lots
        changes, opened, emptied = [], [], []
        for rank in ranks:
            level = levels.get(rank)
            lots = level.lots if level is not None else 0
            before = mine.get(rank, 0)
            if lots == before:
                continue
            changes.append((rank, lots))
            if not lots:
                del mine[rank]
                emptied.append(rank)
                continue
            mine[rank] = lots
            if not before:
                opened.append(rank)
        self._rearrange(opened, emptied)
        changes.sort()
        return changes

    def _rearrange(self, opened: list[int], emptied: list[int]) -> None:
        order = self._order
        if len(opened) + len(emptied) > _SORT_ANEW_FROM:
            self._order = sorted(-rank for rank in self.lots)
            return
        for rank in emptied:
            del order[bisect_left(order, -rank)]
        for rank in opened:
            insort(order, -rank)

    def best(self, count: int) -> Levels:
        """The best `count` levels as (rank, lots), best first."""
        lots = self.lots
        return [(-key, lots[-key]) for key in self._order[: -count - 1 : -1]]


class VisibleBook:
    """The levels of one book as last told."""

    __slots__ = ("_asks", "_bids", "_left")

    def __init__(self, book: Book) -> None:
        self._asks, self._bids = _VisibleSide(book.asks), _VisibleSide(book.bids)
        self._left: list[tuple[bool, int]] = []

    def before_amend(self, order: BookOrder | None) -> None:
        """An order may be about to leave its price: the level there is compared too, whoever stands there afterwards."""
        if order is not None:
            self._left.append((order.is_buy, order.price))

    def follow(self, book: Book, touched: Iterable[BookOrder]) -> BookChanges:
        """Catch up with `book`, which has changed at no other prices than those of the `touched` orders."""
        asks: set[int] = set()
        bids: set[int] = set()
        for order in touched:
            if order.is_buy:
                bids.add(-order.price)
            else:
                asks.add(order.price)
        for is_buy, price in self._left:
            (bids if is_buy else asks).add(-price if is_buy else price)
        self._left.clear()
        return BookChanges(self._asks.follow(book.asks, asks), _of_bids(self._bids.follow(book.bids, bids)))

    def depth(self, count: int) -> tuple[Levels, Levels]:
        """The best `count` bids and asks, each (price in ticks, lots displayed), best first."""
        return _of_bids(self._bids.best(count)), self._asks.best(count)

    def checksum(self, *, units_per_tick: int, units_per_lot: int) -> int:
        """The checksum of the best levels; see `trading.domain.checksum`."""
        bids, asks = self.depth(LEVELS)
        return book_checksum(asks, bids, units_per_tick=units_per_tick, units_per_lot=units_per_lot)


def _of_bids(levels: Levels) -> Levels:
    return [(-rank, lots) for rank, lots in levels]
