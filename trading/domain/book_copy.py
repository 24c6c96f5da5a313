"""A copy of a market's visible book, kept from a snapshot and the levels that each batch has changed. Pure.

Prices and sizes are texts as they are told, at the market's price and amount scales; they are never calculated with.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence

from trading.domain.checksum import LEVELS, book_checksum

Level = Sequence[str]
Levels = Iterable[Level]
GONE = "0"
DEEPEST = 1_000
"""No view of a copy is deeper."""


def units(text: str) -> int:
    """A price or size as a whole number of units of its scale."""
    return int(text.replace(".", ""))


class CopySide:
    """The levels of one side. ``sign`` is 1 for asks (lowest best), -1 for bids."""

    __slots__ = ("_levels", "_order", "_sign", "_worst")

    def __init__(self, sign: int, levels: Levels, most: int) -> None:
        self._sign = sign
        self._levels: dict[int, Level] = {units(level[0]) * sign: (level[0], level[1]) for level in levels}
        self._order = sorted(self._levels)
        # Of what lies beyond the last level that was read nothing is known.
        self._worst = self._order[-1] if len(self._order) >= most else None

    @property
    def is_short(self) -> bool:
        """Whether there may be better levels than the worst that is known, and few are left."""
        return self._worst is not None and len(self._order) < DEEPEST

    def change(self, levels: Levels) -> None:
        """Take over changed levels; size ``0`` is a level that is gone."""
        for price, size in levels:
            key = units(price) * self._sign
            if self._worst is not None and key > self._worst:
                continue
            if size == GONE:
                if self._levels.pop(key, None) is not None:
                    del self._order[bisect_left(self._order, key)]
            else:
                if key not in self._levels:
                    insort(self._order, key)
                self._levels[key] = (price, size)

    def best(self, count: int) -> list[Level]:
        """The best ``count`` levels, best first."""
        return [self._levels[key] for key in self._order[:count]]


class BookCopy:
    """A book as of ``sequence``. It was read down to at most ``most`` levels a side."""

    __slots__ = ("asks", "bids", "sequence")

    def __init__(self, *, asks: Levels, bids: Levels, sequence: int, most: int) -> None:
        self.asks, self.bids = CopySide(1, asks, most), CopySide(-1, bids, most)
        self.sequence = sequence

    @property
    def is_short(self) -> bool:
        """Whether it has to be read anew: it was read in part, and most of that is gone."""
        return self.asks.is_short or self.bids.is_short

    def change(self, levels: Mapping[str, Levels], *, sequence: int) -> None:
        """Take over what a batch changed."""
        self.asks.change(levels["asks"])
        self.bids.change(levels["bids"])
        self.sequence = sequence

    def checksum(self) -> int:
        """See ``trading.domain.checksum``."""
        asks, bids = (
            [(units(price), units(size)) for price, size in side.best(LEVELS)] for side in (self.asks, self.bids)
        )
        return book_checksum(asks, bids)


class DepthView:
    """The best levels of a copy down to a depth, as they were last told."""

    __slots__ = ("_told", "depth", "last_seq")

    def __init__(self, copy: BookCopy, depth: int) -> None:
        self.depth = depth
        self.last_seq = copy.sequence
        self._told = self._best(copy)

    def changes(self, copy: BookCopy) -> tuple[list[Level], list[Level]] | None:
        """What to tell so that a reader has the copy's best levels: changed asks and bids; None where nothing changed."""
        now = self._best(copy)
        changed = [
            [*sorted(after.items() - before.items()), *((price, GONE) for price in before.keys() - after.keys())]
            for before, after in zip(self._told, now, strict=True)
        ]
        self._told = now
        return (list(changed[0]), list(changed[1])) if changed[0] or changed[1] else None

    def _best(self, copy: BookCopy) -> tuple[dict[str, str], dict[str, str]]:
        asks, bids = ({level[0]: level[1] for level in side.best(self.depth)} for side in (copy.asks, copy.bids))
        return asks, bids

    def levels(self) -> tuple[list[Level], list[Level]]:
        """Asks and bids as they were last told, best first."""
        return list(self._told[0].items()), list(self._told[1].items())
