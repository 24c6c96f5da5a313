"""What private feeds read of the streams: how far they have come, and the messages after a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from core.models import StreamHead

MOST_AT_ONCE = 1_000
"""So many messages of one stream are read at once, and twice as many of all."""

HEADS = "SELECT entity_id, channel, last_seq FROM core_streamhead WHERE entity_id = ANY(%s)"
NEXT = """
SELECT m.entity_id, m.channel, m.stream_seq, m.prev_seq, m.topic, m.subject_type, m.subject_id,
    to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), m.payload::text
FROM unnest(%s::uuid[], %s::bigint[]) AS w (id, told)
CROSS JOIN LATERAL (
    SELECT * FROM core_outboxmessage WHERE entity_id = w.id AND stream_seq > w.told ORDER BY stream_seq LIMIT 1000
) AS m ORDER BY m.entity_id, m.stream_seq LIMIT 2000
"""

Heads = dict[UUID, dict[str, int]]


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """A sealed message of a client's stream; ``payload`` is JSON as it is stored."""

    entity_id: UUID
    channel: str
    seq: int
    prev_seq: int
    topic: str
    subject_type: str
    subject_id: UUID
    occurred_at: str
    payload: str


def read_heads(entity_ids: Sequence[UUID]) -> Heads:
    """The last number of each entity's stream (``ALL``) and of its last message on each channel."""
    heads: Heads = {entity_id: {StreamHead.ALL: 0} for entity_id in entity_ids}
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [list(entity_ids)])
        for entity_id, channel, last_seq in cursor.fetchall():
            heads[entity_id][channel] = last_seq
    return heads


def read_messages(after: Sequence[tuple[UUID, int]]) -> list[FeedMessage]:
    """The messages after these numbers, stream by stream in order. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [[entity_id for entity_id, _ in after], [seq for _, seq in after]])
        return [FeedMessage(*row) for row in cursor.fetchall()]
