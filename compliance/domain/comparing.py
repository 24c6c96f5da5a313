"""Where two files of the same report part ways, told while one of them is being made again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from compliance.domain.cells import Cells


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where the kept file is not what is made again: byte from 0, row from 1; row 0 is the
    head.
    """

    byte: int
    row: int


class ComparingSink:
    """Compares the bytes of a part, as they are made, with a kept file; remembers the first difference only.

    `write_rows` gives the bytes of rows again, to tell which of a batch the difference is in.
    """

    def __init__(self, kept: BinaryIO, write_rows: Callable[[Sequence[Cells]], bytes]) -> None:
        self._kept = kept
        self._write_rows = write_rows
        self._at_byte = 0
        self._at_row = 0
        self.difference: Difference | None = None

    def write(self, data: bytes, rows: Sequence[Cells]) -> None:
        """Compare the next bytes."""
        if self.difference is None:
            kept = self._kept.read(len(data))
            if kept != data:
                offset = first_unequal(kept, data)
                self.difference = Difference(self._at_byte + offset, self._row_of(offset, rows))
        self._at_byte += len(data)
        self._at_row += len(rows)

    def close(self, sha256: str) -> None:
        """The part is whole: what is left in the kept file is a difference too."""
        if self.difference is None and self._kept.read(1):
            self.difference = Difference(self._at_byte, self._at_row + 1)

    def _row_of(self, offset: int, rows: Sequence[Cells]) -> int:
        end = 0
        for number, row in enumerate(rows, start=1):
            end += len(self._write_rows([row]))
            if offset < end:
                return self._at_row + number
        return self._at_row


def first_unequal(one: bytes, other: bytes) -> int:
    """The index of the first byte that differs; the length of the shorter one when it is the other's
    beginning.
    """
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    low, high = 0, shorter
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
