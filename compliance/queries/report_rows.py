"""The rows of a report, read from one snapshot of the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from compliance.domain.control_totals import Figures, figures_of
from core.contracts import ControlTotal, ReportDefinition
from trading.reports.sealed_history import SEALED_MARKETS

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# A million rows are sorted in memory, not on the disk, and by more than one process: until the first row is there, whoever
# reads has nothing to do. Instants are spelled as they are in UTC.
BIG = (
    "work_mem = '256MB'",
    "max_parallel_workers_per_gather = 2",
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "TimeZone = 'UTC'",
)


class DefinitionBroken(Exception):
    """The query does not answer the columns that the definition declares."""


class Snapshot:
    """One read-only transaction: whatever is asked of it, it answers from the same moment."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def seal_head(self) -> int:
        """The last seal sequence; 0 before the first."""
        return int(self._value("SELECT COALESCE(max(seal_seq), 0) FROM core_sealedrecord", {}))

    def market_sequences(self, known_at: int) -> dict[str, str]:
        """Market symbol -> the last sequence that is in at `known_at`, as texts."""
        query = f"""
            SELECT m.symbol, w.last_sequence FROM ({SEALED_MARKETS}) w
            JOIN trading_market m ON m.id = w.market_id ORDER BY m.symbol COLLATE "C"
        """  # noqa: S608 - made of constants only
        return {symbol: str(sequence) for symbol, sequence in self._rows(query, {"known_at": known_at})}

    def count(self, definition: ReportDefinition, values: Mapping[str, Any]) -> int:
        """How many rows the report will have."""
        return int(self._value(f"SELECT count(*) FROM ({definition.query}) AS report", values))  # noqa: S608

    def figures(self, total: ControlTotal, values: Mapping[str, Any]) -> Figures:
        """A control total, by its own query."""
        return figures_of(self._rows(total.check, values))

    def batches(
        self, definition: ReportDefinition, values: Mapping[str, Any], size: int
    ) -> Iterator[list[Sequence[Any]]]:
        """The rows in order, `size` at a time, by COPY: memory stays the same however many there are."""
        types = self._column_types(definition, values)
        statement = f"COPY ({definition.query}) TO STDOUT"
        # COPY goes past Django's cursor, so its errors are made Django's here.
        with (
            self._connection.cursor() as cursor,
            self._connection.wrap_database_errors,
            cursor.cursor.copy(statement, dict(values)) as copy,
        ):
            copy.set_types(types)
            batch: list[Sequence[Any]] = []
            for row in copy.rows():
                batch.append(row)
                if len(batch) == size:
                    yield batch
                    batch = []
            if batch:
                yield batch

    def lines(
        self, definition: ReportDefinition, query: str, quoted: list[str], values: Mapping[str, Any], size: int
    ) -> Iterator[list[bytes]]:
        """The rows of ``query`` as lines of CSV, each ended by LF, ``size`` at a time; the columns ``quoted`` stand in quotes."""
        self._column_types(definition, values)
        with self._connection.cursor() as cursor:
            for setting in BIG:
                cursor.execute(f"SET LOCAL {setting}")
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, FORCE_QUOTE ({}))").format(
            sql.SQL(query), sql.SQL(", ").join(map(sql.Identifier, quoted))
        )
        with (
            self._connection.cursor() as cursor,
            self._connection.wrap_database_errors,
            cursor.cursor.copy(statement, dict(values)) as copy,
        ):
            # The server sends one line a message.
            lines = map(bytes, copy)
            while batch := list(islice(lines, size)):
                yield batch

    def _column_types(self, definition: ReportDefinition, values: Mapping[str, Any]) -> list[int]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({definition.query}) AS report LIMIT 0", dict(values))  # noqa: S608
            description = cursor.description or ()
        names = tuple(column[0] for column in description)
        declared = (*(column.name for column in definition.columns), *definition.scale_columns)
        if names != declared:
            raise DefinitionBroken(f"{definition.code} answers {names}, and declares {declared}")
        return [column[1] for column in description]

    def _value(self, query: str, values: Mapping[str, Any]) -> Any:
        return self._rows(query, values)[0][0]

    def _rows(self, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, dict(values))
            return list(cursor.fetchall())


@contextmanager
def open_snapshot() -> Iterator[Snapshot]:
    """A snapshot on a connection of its own, so that progress can be written beside it."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(BEGIN)
            cursor.execute(f"SET LOCAL statement_timeout = {settings.REPORT_STATEMENT_MILLIS:d}")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 60000")
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute("SET LOCAL DateStyle = 'ISO, YMD'")
        yield Snapshot(connection)
    finally:
        connection.close()
