"""Make the parts of partitioned tables before they are needed."""

from datetime import datetime

from django.db import connection, transaction


def make_partitions(*, at: datetime) -> list[str]:
    """Give every partitioned table its parts up to four months, or one part by number, ahead of ``at``; answers the new ones.

    The database does it in ``core_make_parts`` with the rights of the owner: the application's role may not create tables, and
    this function makes nothing else. Refuses an ``at`` further than a year from the database's own clock. Gives up after two
    seconds of waiting for a lock; the next sweep comes months before anything is missing.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT core_make_parts(%s)", [at])
        return [row[0] for row in cursor.fetchall()]
