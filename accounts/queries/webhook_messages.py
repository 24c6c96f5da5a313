"""Which messages of a stream a webhook's topics name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.domain.webhook_topics import like_patterns

# Two statements, for an index knows no "is the same as, or both are nothing".
_OF_ENTITY = """
SELECT id FROM core_outboxmessage
WHERE entity_id = %s AND stream_seq > %s AND stream_seq <= %s AND topic LIKE ANY(%s) ORDER BY stream_seq LIMIT %s
"""
_OF_FIRM = """
SELECT id FROM core_outboxmessage
WHERE entity_id IS NULL AND stream_seq > %s AND stream_seq <= %s AND topic LIKE ANY(%s) ORDER BY stream_seq LIMIT %s
"""


def list_message_ids(*, stream_id: UUID | None, topics: Sequence[str], after: int, until: int, limit: int) -> list[int]:
    """The ids of up to ``limit`` sealed messages with numbers above ``after`` and up to ``until``, in their order."""
    values: list[Any] = [after, until, like_patterns(topics), limit]
    with connection.cursor() as cursor:
        if stream_id is None:
            cursor.execute(_OF_FIRM, values)
        else:
            cursor.execute(_OF_ENTITY, [stream_id, *values])
        return [row[0] for row in cursor.fetchall()]
