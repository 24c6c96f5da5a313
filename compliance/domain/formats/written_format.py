"""What every format says about itself, and what every writer does."""

from collections.abc import Sequence
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

    def tail(self) -> bytes:
        """What ends the file."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What a file is called and when it was made, for formats that say so: of the run, so that making it again says the same.

    ``id`` has at most 35 letters and digits; ``at`` is an instant as a cell spells it.
    """

    id: str
    at: str


NO_MESSAGE = Message("", "")
"""For formats that say nothing of it."""


class Opens(Protocol):
    """Begins a file."""

    def __call__(self, columns: Sequence[ReportColumn], message: Message = NO_MESSAGE, /) -> RowWriter:
        """The writer of a file with these columns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFormat:
    """A format, its limits per file and what happens beyond them.

    `splits`: the next part begins when `most_rows` or `most_bytes` is reached; otherwise a report of more
    rows is not written in this format at all, and the manifest says so. `version` rises when the bytes for
    the same cells change. `is_row_wise`: the bytes of a row do not depend on the rows before it. `schema` is the published schema
    that the file is written after, none for most.
    """

    extension: str
    media_type: str
    version: int
    most_rows: int
    most_bytes: int
    splits: bool
    open: Opens
    is_row_wise: bool = True
    schema: str = ""
