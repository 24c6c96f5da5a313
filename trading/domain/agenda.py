"""What waits for a number to be reached: orders for their hour, stops for their price.

Nothing is searched for. An order that closes or is amended leaves its entry behind; it is recognised as void when
it comes up, or when so many entries have gathered that one sweep drops the void ones.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

from trading.domain.book_order import BookOrder

NEVER: Final = 1 << 126
_SWEEP_FROM: Final = 64


class Agenda:
    """Orders by the number they wait for; `first` is the lowest, void entries included.

    `key_of` says what an order waits for now, none if it waits no more.
    """

    __slots__ = ("_entries", "_key_of", "_number", "_sweep_at", "first")

    def __init__(self, key_of: Callable[[BookOrder], int | None]) -> None:
        self._key_of = key_of
        self._entries: list[tuple[int, int, int, BookOrder]] = []
        self._number = 0
        self._sweep_at = _SWEEP_FROM
        self.first = NEVER

    def put(self, order: BookOrder) -> None:
        """Enter an order that waits."""
        key = self._key_of(order)
        assert key is not None
        # Numbered, for an amended order may have two entries alike, and orders have no order.
        self._number += 1
        heappush(self._entries, (key, order.accepted, self._number, order))
        self.first = self._entries[0][0]
        if len(self._entries) > self._sweep_at:
            self._entries = [entry for entry in self._entries if self._key_of(entry[3]) == entry[0]]
            heapify(self._entries)
            self._sweep_at = max(_SWEEP_FROM, 2 * len(self._entries))

    def take_up_to(self, key: int) -> list[BookOrder]:
        """Take out those that waited for `key` or less, each once, by their accepted sequence."""
        taken = {}
        entries = self._entries
        while entries and entries[0][0] <= key:
            due, accepted, _, order = heappop(entries)
            if self._key_of(order) == due:
                taken[accepted] = order
        self.first = entries[0][0] if entries else NEVER
        return [taken[accepted] for accepted in sorted(taken)]
