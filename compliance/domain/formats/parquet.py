"""Parquet for machines: typed columns, zstd, row groups of 25,000.

The version of the library stands inside the file, so a newer one may write other bytes: its version is in the manifest, and the
logical hash carries across.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from compliance.domain.cells import Cells
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from core.contracts import ColumnType, ReportColumn

ROW_GROUP_ROWS = 25_000
AMOUNT = pa.decimal128(38, 18)
TYPES = {
    ColumnType.QUANTITY: AMOUNT,
    ColumnType.PRICE: AMOUNT,
    ColumnType.INSTANT: pa.timestamp("us", tz="UTC"),
    ColumnType.DATE: pa.date32(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.BOOLEAN: pa.bool_(),
}


def schema_of(columns: Sequence[ReportColumn]) -> Any:
    """The schema of a file with these columns; what is text in a cell is text here."""
    fields = [pa.field(c.name, TYPES.get(c.type, pa.string()), nullable=c.nullable) for c in columns]
    return pa.schema(fields, metadata={"countinghouse_schema": "1"})


class _Sink:
    """Where the library writes: what it wrote is taken away again and again."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        return

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


class TableWriter:
    """Writes tables as row groups of ``ROW_GROUP_ROWS``; the last one is as long as it is."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self._sink = _Sink()
        self._file = pq.ParquetWriter(self._sink, schema, compression="zstd", version="2.6")
        self._waiting: list[Any] = []
        self._rows = 0

    def add(self, table: Any) -> bytes:
        """Take a table; the bytes that it completed."""
        self._waiting.append(table)
        self._rows += table.num_rows
        while self._rows >= ROW_GROUP_ROWS:
            self._write(ROW_GROUP_ROWS)
        return self._sink.take()

    def close(self) -> bytes:
        """The rest, and the footer."""
        if self._rows:
            self._write(self._rows)
        self._file.close()
        return self._sink.take()

    def _write(self, rows: int) -> None:
        whole = pa.concat_tables(self._waiting)
        self._file.write_table(whole.slice(0, rows), row_group_size=ROW_GROUP_ROWS)
        rest = whole.slice(rows)
        self._waiting, self._rows = ([rest] if rest.num_rows else []), rest.num_rows
        del whole
        pa.default_memory_pool().release_unused()


class ParquetWriter:
    """Makes columns of cells."""

    def __init__(self, columns: Sequence[ReportColumn], _message: Message = NO_MESSAGE) -> None:
        self._table = TableWriter(schema_of(columns))

    def head(self) -> bytes:
        """What opens the file."""
        return self._table.add(self._table.schema.empty_table())

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """The bytes of the row groups that these complete."""
        schema = self._table.schema
        columns = zip(*rows, strict=True) if rows else [()] * len(schema)
        arrays = [_array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
        return self._table.add(pa.Table.from_arrays(arrays, schema=schema))

    def tail(self) -> bytes:
        """What is left, and the footer."""
        return self._table.close()


def _array(cells: Sequence[Any], kind: Any) -> Any:
    if pa.types.is_boolean(kind):
        return pa.array(cells, kind)
    return pa.array(cells, pa.string()).cast(kind)


FORMAT = WrittenFormat(
    extension="parquet",
    media_type="application/vnd.apache.parquet",
    version=2,
    most_rows=10_000_000,
    most_bytes=1 << 32,
    splits=True,
    open=ParquetWriter,
    is_row_wise=False,
)
