"""What every format says about itself, and what every writer does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from compliance.domain.cells import Cells
from core.contracts import ReportColumn


class RowWriter(Protocol):
    """Writes one file: the head, then rows as often as there are some."""

    def head(self) -> bytes:
        """What opens the file."""
        ...

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """The bytes of these rows, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFormat:
    """A format, its limits per file and what happens beyond them.

    `splits`: the next part begins when `most_rows` or `most_bytes` is reached; otherwise a report of more
    rows is not written in this format at all, and the manifest says so. `version` rises when the bytes for
    the same cells change.
    """

    extension: str
    media_type: str
    version: int
    most_rows: int
    most_bytes: int
    splits: bool
    open: Callable[[Sequence[ReportColumn]], RowWriter]
