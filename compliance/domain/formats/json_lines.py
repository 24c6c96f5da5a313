"""JSON Lines: one object per row, keys in ASCII order, no blanks, numbers as strings (a JSON number is a
double), LF.
"""

from collections.abc import Sequence
from json import JSONEncoder

from compliance.domain.cells import Cells
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from core.contracts import ReportColumn

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class JsonLinesWriter:
    """Writes one line per row; there is no head."""

    def __init__(self, columns: Sequence[ReportColumn], _message: Message = NO_MESSAGE) -> None:
        # The order of the keys is settled once: sorting every row would cost more than writing it.
        self._order = sorted((column.name, at) for at, column in enumerate(columns))

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """One line per row; none is `null`."""
        order, encode = self._order, _ENCODER.encode
        return "".join([encode({name: row[at] for name, at in order}) + "\n" for row in rows]).encode()

    def tail(self) -> bytes:
        """Nothing."""
        return b""


FORMAT = WrittenFormat(
    extension="jsonl",
    media_type="application/jsonl",
    version=1,
    most_rows=2_000_000,
    most_bytes=1 << 30,
    splits=True,
    open=JsonLinesWriter,
)
