"""Price levels, and the side of a book that keeps them sorted.

A *rank* is a price as its taker sees it: the price itself for asks, its negative for bids. The lower rank
is the better one on either side, and a taker reaches a level whose rank is at most the rank of its limit.

Nothing is searched for and nothing is shifted: cancelled orders stay in their level's queue and emptied
levels stay in the heap until they come to the front, or until they outnumber the living and one sweep drops
them all. So the cost of an instruction does not grow with the number of resting orders.
"""

from collections import deque
from heapq import heapify, heappop, heappush, nsmallest

from trading.domain.book_order import BookOrder

# Below this many there is no point in sweeping.
_SWEEP_FROM = 32


class Level(deque[BookOrder]):
    """The orders resting at one price, the oldest first; cancelled ones among them have nothing remaining."""

    __slots__ = ("dead", "lots", "price", "rank")

    def __init__(self, price: int, rank: int) -> None:
        self.price = price
        self.rank = rank
        # What the living orders have remaining. Each has at least one lot, so 0 means that none is left.
        self.lots = 0
        # How many entries of the queue are cancelled.
        self.dead = 0

    def bury_one(self) -> None:
        """Count one entry as cancelled, and sweep the queue when more than half of it is."""
        self.dead += 1
        if self.dead > _SWEEP_FROM and self.dead * 2 > len(self):
            living = [order for order in self if order.remaining]
            self.clear()
            self.extend(living)
            self.dead = 0


class Side:
    """All bids or all asks of a book.

    `levels` and `ranks` (a heap) name the same levels. The front of the heap always has lots, and is `best`;
    behind it emptied levels may linger (`vacant` says how many) and may come to life again.
    """

    __slots__ = ("best", "levels", "ranks", "vacant")

    def __init__(self) -> None:
        self.best: Level | None = None
        self.levels: dict[int, Level] = {}
        self.ranks: list[int] = []
        self.vacant = 0

    def open_level(self, price: int, rank: int) -> Level:
        """Add a level where none is; the caller puts an order on it at once."""
        level = self.levels[rank] = Level(price, rank)
        heappush(self.ranks, rank)
        if self.best is None or rank < self.best.rank:
            self.best = level
        return level

    def leave(self, level: Level) -> None:
        """Account for a level whose last lots have gone, wherever it stands."""
        level.clear()
        level.dead = 0
        if level is self.best:
            self._advance()
            return
        self.vacant += 1
        if self.vacant > _SWEEP_FROM and self.vacant * 2 > len(self.ranks):
            self.levels = {rank: level for rank, level in self.levels.items() if level.lots}
            self.ranks = list(self.levels)
            heapify(self.ranks)
            self.vacant = 0

    def _advance(self) -> None:
        """Drop the emptied best level, and the emptied ones right behind it."""
        levels, ranks = self.levels, self.ranks
        del levels[heappop(ranks)]
        while ranks:
            level = levels[ranks[0]]
            if level.lots:
                self.best = level
                return
            del levels[heappop(ranks)]
            self.vacant -= 1
        self.best = None

    def depth(self, count: int) -> list[tuple[int, int]]:
        """The best `count` levels as (price in ticks, lots), best first."""
        ranks = nsmallest(count, (rank for rank, level in self.levels.items() if level.lots))
        return [(self.levels[rank].price, self.levels[rank].lots) for rank in ranks]
