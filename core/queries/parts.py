"""How much room the partitioned tables have left."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from psycopg import sql

from core.invariants import Breach

# Parts are made months before they are needed; when less than this is left, making them has failed for long.
ROWS_TO_SPARE = 10_000_000
DAYS_TO_SPARE = 28
SECONDS_A_DAY = 86_400

ENDS = r"""
SELECT w.relname, a.atttypid = 'uuid'::regtype,
    array_agg(substring(pg_get_expr(p.relpartbound, p.oid) FROM $$TO \('([^']*)'\)$$))
FROM pg_inherits i
JOIN pg_class w ON w.oid = i.inhparent
JOIN pg_class p ON p.oid = i.inhrelid
JOIN pg_partitioned_table t ON t.partrelid = w.oid
JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum = t.partattrs[0]
WHERE w.relkind = 'p' AND w.relnamespace = 'public'::regnamespace
GROUP BY w.relname, a.atttypid ORDER BY w.relname
"""


def find_parts_that_end_soon(at: datetime) -> Iterator[Breach]:
    """Partitioned tables whose last part ends within 28 days, or has room for less than ten million rows."""
    with connection.cursor() as cursor:
        cursor.execute(ENDS)
        for table, is_by_month, ends in cursor.fetchall():
            if is_by_month:
                # An id of version 7 begins with milliseconds.
                days = (max(int(end.replace("-", "")[:12], 16) for end in ends) / 1000 - at.timestamp()) / SECONDS_A_DAY
                if days < DAYS_TO_SPARE:
                    yield table, f"its last part ends in {days:.0f} days"
                continue
            cursor.execute(sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table)))
            room = max(int(end) for end in ends) - cursor.fetchone()[0]
            if room < ROWS_TO_SPARE:
                yield table, f"its last part has room for {room:,} rows"
