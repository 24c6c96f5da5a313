"""Give waiting messages their place in their streams."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.models import StreamHead

WAITING = """
SELECT id, entity_id, channel, topic, subject_type, subject_id, payload FROM core_outboxmessage
WHERE sealed_at IS NULL ORDER BY id LIMIT %s
"""
HEADS = "SELECT entity_id, channel, last_seq FROM core_streamhead WHERE entity_id = ANY(%s) OR entity_id IS NULL"
SEAL = """
UPDATE core_outboxmessage m SET stream_seq = d.seq, prev_seq = d.prev, sealed_at = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS d (id, seq, prev) WHERE m.id = d.id
"""
MOVE = """
INSERT INTO core_streamhead (entity_id, channel, last_seq)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bigint[])
ON CONFLICT (entity_id, channel) DO UPDATE SET last_seq = EXCLUDED.last_seq
"""


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message with its place: ``seq`` in its entity's stream, ``prev_seq`` that of the entity's one before on its channel."""

    entity_id: UUID | None
    channel: str
    topic: str
    subject_type: str
    subject_id: UUID
    payload: str
    seq: int
    prev_seq: int


def seal_outbox(*, at: datetime, limit: int = 1_000) -> list[SealedMessage]:
    """Seal up to ``limit`` messages in the order of their ids; answers them once that is durable.

    The firm's own stream head is locked first, so that two relays take turns and the numbers stay gapless.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_streamhead (entity_id, channel, last_seq) VALUES (NULL, %s, 0) ON CONFLICT DO NOTHING",
            [StreamHead.ALL],
        )
        cursor.execute(
            "SELECT last_seq FROM core_streamhead WHERE entity_id IS NULL AND channel = %s FOR NO KEY UPDATE",
            [StreamHead.ALL],
        )
        cursor.execute(WAITING, [limit])
        rows = cursor.fetchall()
        if not rows:
            return []
        cursor.execute(HEADS, [list({row[1] for row in rows if row[1] is not None})])
        heads: dict[tuple[UUID | None, str], int] = {
            (entity, channel): last for entity, channel, last in cursor.fetchall()
        }
        sealed = [_seal(row, heads) for row in rows]
        ids, seqs, prevs = [row[0] for row in rows], [m.seq for m in sealed], [m.prev_seq for m in sealed]
        cursor.execute(SEAL, [at, ids, seqs, prevs])
        moved = {key for m in sealed for key in ((m.entity_id, StreamHead.ALL), (m.entity_id, m.channel))}
        keys = sorted(moved, key=str)
        cursor.execute(MOVE, [[k[0] for k in keys], [k[1] for k in keys], [heads[k] for k in keys]])
    return sealed


def _seal(row: tuple[Any, ...], heads: dict[tuple[UUID | None, str], int]) -> SealedMessage:
    _, entity_id, channel, topic, subject_type, subject_id, payload = row
    prev = heads.get((entity_id, channel), 0)
    seq = heads.get((entity_id, StreamHead.ALL), 0) + 1
    heads[(entity_id, StreamHead.ALL)] = heads[(entity_id, channel)] = seq
    return SealedMessage(entity_id, channel, topic, subject_type, subject_id, payload, seq, prev)
