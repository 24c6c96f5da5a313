"""Give waiting messages their place in their streams, and tell clients what they mean."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.models import StreamHead
from core.telling import Telling, Waiting, list_tellings, weigh

MOST_TOLD = 5_000
"""A sealing takes no further message once its messages become so many for clients."""

WAITING = """
SELECT id, entity_id, channel, topic, subject_type, subject_id, payload::text, created_at FROM core_outboxmessage
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
# Written with their places at once: nobody ever sees them without.
TELL = """
WITH told AS MATERIALIZED ({select}), numbered AS MATERIALIZED (
    SELECT t.*, coalesce(h.last_seq, 0) + row_number() OVER (PARTITION BY t.entity_id ORDER BY t.place) AS seq
    FROM told t LEFT JOIN core_streamhead h ON h.entity_id = t.entity_id AND h.channel = 'ALL'
), placed AS MATERIALIZED (
    SELECT n.*, coalesce(lag(n.seq) OVER (PARTITION BY n.entity_id, n.channel ORDER BY n.seq), h.last_seq, 0) AS prev
    FROM numbered n LEFT JOIN core_streamhead h ON h.entity_id = n.entity_id AND h.channel = n.channel
), written AS (
    INSERT INTO core_outboxmessage (topic, channel, entity_id, subject_type, subject_id, payload, stream_seq, prev_seq,
        sealed_at, created_at)
    SELECT topic, channel, entity_id, subject_type, subject_id, payload, seq, prev, %s, occurred_at
    FROM placed ORDER BY entity_id, seq
), moved AS (
    INSERT INTO core_streamhead (entity_id, channel, last_seq)
    SELECT p.entity_id, c.channel, max(p.seq) FROM placed p CROSS JOIN LATERAL (VALUES (p.channel), ('ALL')) AS c (channel)
    GROUP BY 1, 2
    ON CONFLICT (entity_id, channel) DO UPDATE SET last_seq = EXCLUDED.last_seq
)
SELECT DISTINCT entity_id FROM placed
"""


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message with its place: ``seq`` in its entity's stream, ``prev_seq`` that of the entity's one before on its channel."""

    entity_id: UUID | None
    channel: str
    topic: str
    subject_type: str
    subject_id: UUID
    payload: dict[str, Any]
    seq: int
    prev_seq: int


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one transaction sealed: the messages that waited, and whose streams have something new, told ones included."""

    messages: list[SealedMessage] = field(default_factory=list)
    entities: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.messages)


def seal_outbox(*, at: datetime, limit: int = 1_000) -> Sealing:
    """Seal up to ``limit`` messages in the order of their ids, and tell clients what they mean; answers once that is durable.

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
        waiting = _cut([_read(row) for row in cursor.fetchall()])
        if not waiting:
            return Sealing()
        sealed = _place(cursor, waiting, at)
        entities = {each.entity_id for each in sealed if each.entity_id is not None}
        for telling in list_tellings(waiting):
            entities |= _tell(cursor, telling, at)
    return Sealing(sealed, entities)


def _read(row: tuple[Any, ...]) -> Waiting:
    message_id, entity_id, channel, topic, subject_type, subject_id, payload, created_at = row
    return Waiting(
        message_id, entity_id, channel, topic, subject_type, subject_id, json.loads(payload), created_at
    )  # fmt: skip


def _cut(waiting: Sequence[Waiting]) -> list[Waiting]:
    """As many as one transaction takes. What becomes messages of clients' streams is followed by no client's own message: so
    a stream tells things in the order in which they were written.
    """
    taken: list[Waiting] = []
    told = 0
    for message in waiting:
        if told and (message.entity_id is not None or told >= MOST_TOLD):
            break
        told += weigh(message)
        taken.append(message)
    return taken


def _place(cursor: Any, waiting: Sequence[Waiting], at: datetime) -> list[SealedMessage]:
    cursor.execute(HEADS, [list({each.entity_id for each in waiting if each.entity_id is not None})])
    heads: dict[tuple[UUID | None, str], int] = {(entity, channel): last for entity, channel, last in cursor.fetchall()}
    sealed = [_seal(each, heads) for each in waiting]
    cursor.execute(SEAL, [at, [m.id for m in waiting], [m.seq for m in sealed], [m.prev_seq for m in sealed]])
    moved = {key for m in sealed for key in ((m.entity_id, StreamHead.ALL), (m.entity_id, m.channel))}
    keys = sorted(moved, key=str)
    cursor.execute(MOVE, [[k[0] for k in keys], [k[1] for k in keys], [heads[k] for k in keys]])
    return sealed


def _seal(m: Waiting, heads: dict[tuple[UUID | None, str], int]) -> SealedMessage:
    prev = heads.get((m.entity_id, m.channel), 0)
    seq = heads.get((m.entity_id, StreamHead.ALL), 0) + 1
    heads[(m.entity_id, StreamHead.ALL)] = heads[(m.entity_id, m.channel)] = seq
    return SealedMessage(
        m.entity_id, m.channel, m.topic, m.subject_type, m.subject_id, dict(m.payload), seq, prev
    )  # fmt: skip


def _tell(cursor: Any, telling: Telling, at: datetime) -> set[UUID]:
    """Write what a telling selects, each message with its place; answers whose streams it went on."""
    cursor.execute(TELL.format(select=telling.select), [*telling.parameters, at])
    return {row[0] for row in cursor.fetchall()}
