"""Stream a big report to one file: the same bytes as its run writes, made by the database and no Python for each cell.

The database spells every cell by the rules of ``compliance/domain/cells.py`` and hands rows over as lines of CSV; they go to the
file as they are, or through Arrow into Parquet. Memory stays the same however many rows there are. Control totals, the logical
hash and the manifest are what a run is for: here nothing is kept but what the caller keeps.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import DataError

from compliance.domain.formats.csv_exact import CsvWriter
from compliance.domain.formats.parquet import TableWriter, schema_of
from compliance.domain.streaming import forced_quotes, read_lines, spelled_query
from compliance.queries.report_rows import Snapshot
from core.contracts import Format, ReportDefinition

LINES_AT_ONCE = 10_000


class CellBroken(Exception):
    """A value does not fit its column: the report is wrong, and the file that was begun is nothing."""


def stream_report(
    *,
    snapshot: Snapshot,
    definition: ReportDefinition,
    values: Mapping[str, Any],
    form: Format,
    write: Callable[[bytes], object],
) -> int:
    """Write the report in ``form``, CSV or PARQUET, by ``write``; answers the number of rows.

    ``values`` are the parameters with entity, as_of and known_at, as ``query_values`` makes them. Raises ``CellBroken`` where an
    amount has a digit beyond its scale, and ``ValueError`` for another format.
    """
    if form not in {Format.CSV, Format.PARQUET}:
        raise ValueError(f"{form} is not streamed")
    query, quoted = spelled_query(definition), forced_quotes(definition)
    blocks = snapshot.lines(definition, query, quoted, values, LINES_AT_ONCE)
    try:
        return _csv(definition, blocks, write) if form == Format.CSV else _parquet(definition, blocks, write)
    except DataError as error:
        raise CellBroken(f"{definition.code}: an amount has a digit beyond its scale") from error


def _csv(definition: ReportDefinition, blocks: Iterator[list[bytes]], write: Callable[[bytes], object]) -> int:
    rows = 0
    write(CsvWriter(definition.columns).head())
    for lines in blocks:
        write(b"\r\n".join([line[:-1] for line in lines]) + b"\r\n")
        rows += len(lines)
    return rows


def _parquet(definition: ReportDefinition, blocks: Iterator[list[bytes]], write: Callable[[bytes], object]) -> int:
    rows = 0
    table = TableWriter(schema_of(definition.columns))
    for lines in blocks:
        write(table.add(read_lines(b"".join(lines), table.schema)))
        rows += len(lines)
    write(table.close())
    return rows
