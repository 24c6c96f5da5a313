"""Ask invariants of the database, all of one picture of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from core.invariants import Breach, Invariant, Verdict

EXAMPLES = 20


def verify_all(invariants: Iterable[Invariant], *, at: datetime) -> list[Verdict]:
    """The verdict on each of ``invariants``, read in one REPEATABLE READ transaction that writes nothing.

    One that cannot be asked (a table that is gone) is reported with its error, and the others go on. Inside a transaction of the
    caller it is that one's picture.
    """
    counts: dict[str, int] = {}
    with one_picture():
        return [_verdict(invariant, counts, at) for invariant in invariants]


@contextmanager
def one_picture() -> Iterator[None]:
    """All reads inside see one picture of the database, and nothing is written; in a transaction of the caller, that one's."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Large sorts and hashes of one reader: in memory, and without compiling what runs once.
            cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL jit = off")
        yield


def _verdict(invariant: Invariant, counts: dict[str, int], at: datetime) -> Verdict:
    began = perf_counter()
    try:
        # A savepoint, so that one failing question does not end the picture for the others.
        with transaction.atomic():
            for table in invariant.tables:
                if table not in counts:
                    counts[table] = _count(table)
            count, examples = _ask(invariant, at)
    except (DatabaseError, ArithmeticError, LookupError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Verdict(invariant.number, invariant.says, 0, 0, (), perf_counter() - began, reason)
    rows = sum(counts[table] for table in invariant.tables)
    return Verdict(invariant.number, invariant.says, rows, count, examples, perf_counter() - began)


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        found: int = cursor.fetchone()[0]
    return found


def _ask(invariant: Invariant, at: datetime) -> tuple[int, tuple[Breach, ...]]:
    if callable(invariant.breaches):
        found = list(invariant.breaches(at))
        return len(found), tuple(found[:EXAMPLES])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) OVER (), x.* FROM ({invariant.breaches}) AS x LIMIT {EXAMPLES}", {"at": at})  # noqa: S608
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), tuple((str(row[1]), str(row[2])) for row in rows)
