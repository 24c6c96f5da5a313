"""CSV for people with a spreadsheet: a byte order mark, and no text that the spreadsheet would run as a
formula.

A text cell that would be read as a formula gets an apostrophe in front. Amounts, days and instants are
typed and exempt, so a negative amount stays a number. The values are changed for safety: machines read the
exact CSV.
"""

from collections.abc import Sequence

from compliance.domain.cells import Cell
from compliance.domain.formats.csv_exact import CsvWriter, quoted
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from core.contracts import ReportColumn
from core.domain.sheet_text import BYTE_ORDER_MARK, is_formula_like


def disarmed(cell: Cell) -> str:
    """A text cell in quotes, with an apostrophe in front when a spreadsheet might run it."""
    if isinstance(cell, str) and is_formula_like(cell):
        return quoted("'" + cell)
    return quoted(cell)


class SheetCsvWriter(CsvWriter):
    """The exact CSV with a byte order mark and disarmed text."""

    def __init__(self, columns: Sequence[ReportColumn], message: Message = NO_MESSAGE) -> None:
        super().__init__(columns, message, text=disarmed)

    def head(self) -> bytes:
        """The mark that tells a spreadsheet that this is UTF-8, then the line of names."""
        return BYTE_ORDER_MARK + super().head()


__all__ = ["BYTE_ORDER_MARK", "FORMAT", "SheetCsvWriter", "disarmed", "is_formula_like"]

FORMAT = WrittenFormat(
    extension="sheet.csv",
    media_type="text/csv; charset=utf-8; header=present",
    version=1,
    most_rows=500_000,
    most_bytes=1 << 30,
    splits=False,
    open=SheetCsvWriter,
)
