"""How far the streams have come."""

from django.db import connection


def get_firm_seq() -> int:
    """How far the firm's own stream has come; 0 before its first message."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_seq FROM core_streamhead WHERE entity_id IS NULL AND channel = 'ALL'")
        row = cursor.fetchone()
    return 0 if row is None else row[0]
