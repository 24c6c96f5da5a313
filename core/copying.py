"""COPY in and out: the fast road for many rows, in PostgreSQL's text format."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connections
from psycopg import sql

LINES_A_WRITE = 250


def copy_rows(table: str, columns: Sequence[str], lines: Iterable[str], *, using: str = "default") -> None:
    """Write rows to ``table``. Each line is one row in COPY's text format, ended by a line feed, made by ``copy_line``.

    Constraints and triggers apply as for INSERT. Runs in the caller's transaction. Lines may be made as they are asked for:
    the server stores the first while the next are made.
    """
    connection = connections[using]
    connection.ensure_connection()
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        rest = iter(lines)
        while chunk := "".join(islice(rest, LINES_A_WRITE)):
            copy.write(chunk)


def copy_text(value: str | None) -> str:
    """``value`` escaped for one cell; ``\\N`` for none."""
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def copy_line(cells: Iterable[Any]) -> str:
    """One row; ``None`` becomes null, everything else its text."""
    return "\t".join("\\N" if cell is None else copy_text(str(cell)) for cell in cells) + "\n"
