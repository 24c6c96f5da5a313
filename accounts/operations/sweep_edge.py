"""Sweep what has ended: tokens, socket tickets, full buckets. Bounded deletes, each a transaction of its own."""

from datetime import datetime, timedelta

from django.db import connection, transaction

# Kept for so long after its end: what was refused a moment ago can still be looked up.
KEPT_HOURS = 24
MOST_ROWS = 5_000
# A bucket that has been full for so long says nothing that an absent one does not.
FULL_SECONDS = 60

# Rows that somebody else holds are left for the next time.
_SWEEP = """
DELETE FROM {table} WHERE {key} IN (
    SELECT {key} FROM {table} WHERE {column} < %s ORDER BY {column} LIMIT %s FOR UPDATE SKIP LOCKED
)
"""
_SWEPT = (
    ("accounts_accesstoken", "id", "expires_at", timedelta(hours=KEPT_HOURS)),
    ("accounts_socketticket", "id", "expires_at", timedelta(hours=1)),
    ("accounts_ratebucket", "key", "full_at", timedelta(seconds=FULL_SECONDS)),
)


def sweep_edge(*, at: datetime) -> dict[str, int]:
    """Delete at most ``MOST_ROWS`` of each kind; answers how many by table."""
    swept: dict[str, int] = {}
    for table, key, column, kept in _SWEPT:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_SWEEP.format(table=table, key=key, column=column), [at - kept, MOST_ROWS])
            swept[table] = cursor.rowcount
    return swept
