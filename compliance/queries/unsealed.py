"""Rows that should have a seal and have none."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg import sql

from compliance.domain.damage import Damage, Finding
from core.sealing import sealed_tables

ROWS_AT_A_TIME = 5_000
FIRST_ID = UUID(int=0)

ROWS = "SELECT id FROM {} WHERE id > %s ORDER BY id LIMIT %s"
NEITHER_SEALED_NOR_WAITING = """
SELECT r.id FROM unnest(%(ids)s::uuid[]) AS r(id)
WHERE NOT EXISTS (SELECT 1 FROM core_sealedrecord s WHERE s.kind = %(kind)s AND s.object_id = r.id)
    AND NOT EXISTS (SELECT 1 FROM core_unsealed u WHERE u.kind = %(kind)s AND u.object_id = r.id)
ORDER BY r.id
"""
NEXT_OF_KIND = """
SELECT seal_seq FROM core_sealedrecord WHERE kind = %s AND object_id > %s ORDER BY object_id LIMIT 1
"""
# An id of version 7 begins with the milliseconds of its making.
WAITING = """
SELECT kind, count(*), min(made) FROM (
    SELECT kind, to_timestamp(('x' || left(replace(object_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AS made
    FROM core_unsealed
) AS u WHERE made < %s - interval '10 seconds' GROUP BY kind ORDER BY kind
"""


def find_inserted(*, end: int) -> Iterator[Finding]:
    """Rows of sealed tables that no trigger has seen; ``end`` is the number of the last seal."""
    for kind, table in sorted(sealed_tables().items()):
        rows = sql.SQL(ROWS).format(sql.Identifier(table))
        last = FIRST_ID
        while ids := _column(rows, [last, ROWS_AT_A_TIME]):
            last = ids[-1]
            for id_ in _column(NEITHER_SEALED_NOR_WAITING, {"ids": ids, "kind": kind}):
                following = _column(NEXT_OF_KIND, [kind, id_])
                what = f"{kind} {id_} is neither sealed nor waiting for it"
                yield Finding(following[0] if following else end + 1, Damage.INSERTED, what)


def find_waiting(*, at: datetime, end: int) -> Iterator[Finding]:
    """Rows that wait for their seal for more than 10 seconds, one finding for each kind."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [at])
        for kind, count, since in cursor.fetchall():
            yield Finding(
                end + 1, Damage.UNSEALED, f"{count:,} of {kind} wait for their seal, the first since {since:%F %T}"
            )


def _column(statement: str | sql.Composed, values: object) -> list:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)  # type: ignore[arg-type]
        return [row[0] for row in cursor.fetchall()]
