"""One format of one report, cut into parts that each stay below the limits of the format."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from compliance.domain.cells import Cell, Cells
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from core.contracts import Format, ReportDefinition
from core.domain.canonical import canonical_json


class PartSink(Protocol):
    """Takes the bytes of one part, in order."""

    def write(self, data: bytes, rows: Sequence[Cells]) -> None:
        """Take the next bytes; `rows` are those they are made of, none for the head."""
        ...

    def close(self, sha256: str) -> None:
        """The part is whole, and this is the hash of all its bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """What the manifest says of one part. Keys are canonical JSON arrays of the key's cells; none in a part
    without rows.
    """

    part: int
    format: Format
    byte_size: int
    row_count: int
    sha256: str
    first_key: str | None
    last_key: str | None


def key_text(row: Cells, key_at: Sequence[int]) -> str:
    """The key of a row as text."""
    cells: list[Cell] = [row[at] for at in key_at]
    return canonical_json(cells).decode()


class PartedFile:
    """Writes batches of rows into parts; a part ends between batches. There is always a first part, with or
    without rows.
    """

    def __init__(
        self,
        definition: ReportDefinition,
        form: Format,
        written: WrittenFormat,
        open_part: Callable[[int], PartSink],
        message: Message = NO_MESSAGE,
    ) -> None:
        self._form = form
        self._written = written
        self._columns = definition.columns
        self._message = message
        names = [column.name for column in definition.columns]
        self._key_at = [names.index(name) for name in definition.key]
        self._open_part = open_part
        self._ended: list[PartFacts] = []
        self._part = self._begin()

    def write(self, rows: Sequence[Cells]) -> None:
        """Write one batch, into the next part when this one would outgrow a limit."""
        if not rows:
            return
        if not self._written.is_row_wise:
            self._write_in_turn(rows)
            return
        data = self._writer.rows(rows)
        if self._part.rows and self._outgrown(len(rows), len(data)):
            self._end()
            self._part = self._begin()
        self._part.take(data, rows)

    def _write_in_turn(self, rows: Sequence[Cells]) -> None:
        """What a row becomes depends on the part it is in: so that is settled first, by the number of rows alone."""
        if self._written.splits and self._part.rows + len(rows) > self._written.most_rows:
            self._end()
            self._part = self._begin()
        self._part.take(self._writer.rows(rows), rows)

    def close(self) -> list[PartFacts]:
        """End the last part; the facts of all of them."""
        self._end()
        return self._ended

    def _outgrown(self, rows: int, size: int) -> bool:
        limits, part = self._written, self._part
        return part.rows + rows > limits.most_rows or part.size + size > limits.most_bytes

    def _begin(self) -> "_OpenPart":
        part = _OpenPart(self._open_part(len(self._ended) + 1))
        self._writer = self._written.open(self._columns, self._message)
        part.take(self._writer.head(), ())
        return part

    def _end(self) -> None:
        part = self._part
        part.take(self._writer.tail(), ())
        sha256 = part.hash.hexdigest()
        part.sink.close(sha256)
        self._ended.append(
            PartFacts(
                part=len(self._ended) + 1,
                format=self._form,
                byte_size=part.size,
                row_count=part.rows,
                sha256=sha256,
                first_key=None if part.first is None else key_text(part.first, self._key_at),
                last_key=None if part.last is None else key_text(part.last, self._key_at),
            )
        )


class _OpenPart:
    """A part while it is written."""

    def __init__(self, sink: PartSink) -> None:
        self.sink = sink
        self.hash = hashlib.sha256()
        self.rows = 0
        self.size = 0
        self.first: Cells | None = None
        self.last: Cells | None = None

    def take(self, data: bytes, rows: Sequence[Cells]) -> None:
        if rows:
            self.first = self.first or rows[0]
            self.last = rows[-1]
        self.rows += len(rows)
        self.size += len(data)
        self.hash.update(data)
        self.sink.write(data, rows)
