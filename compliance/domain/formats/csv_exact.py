"""CSV for machines: RFC 4180 in UTF-8 without a byte order mark, every value untouched.

Text is always quoted, so that none (nothing between the commas) and empty text (`""`) stay two things; the
standard library cannot tell them apart before Python 3.12.
"""

from collections.abc import Callable, Sequence

from compliance.domain.cells import Cell, Cells
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from core.contracts import ReportColumn


def quoted(cell: Cell) -> str:
    """A text cell in quotes, its own quotes doubled; nothing at all for none."""
    return "" if cell is None else '"' + str(cell).replace('"', '""') + '"'


def plain(cell: Cell) -> str:
    """A number, instant, day or boolean as it is."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell


class CsvWriter:
    """Writes the names of the columns, then one line per row, each ended by CR LF."""

    def __init__(
        self,
        columns: Sequence[ReportColumn],
        _message: Message = NO_MESSAGE,
        *,
        text: Callable[[Cell], str] = quoted,
    ) -> None:
        self._names = ",".join(column.name for column in columns)
        self._plan = [text if column.type.is_textual else plain for column in columns]

    def head(self) -> bytes:
        """The line of names."""
        return f"{self._names}\r\n".encode()

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """One line per row."""
        plan = self._plan
        return "".join(
            [",".join([write(cell) for write, cell in zip(plan, row, strict=True)]) + "\r\n" for row in rows]
        ).encode()

    def tail(self) -> bytes:
        """Nothing."""
        return b""


FORMAT = WrittenFormat(
    extension="csv",
    media_type="text/csv; charset=utf-8; header=present",
    version=1,
    most_rows=2_000_000,
    most_bytes=1 << 30,
    splits=True,
    open=CsvWriter,
)
