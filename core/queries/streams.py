"""The streams: how far they have come, and what they tell, message by message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.domain.event_id import event_id
from core.models import OutboxMessage, StreamHead

# A page looks through at most so many messages, however few of them are of the channels that were asked for.
LOOKED_THROUGH_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """One sealed message of a stream: ``type`` is its topic, ``data`` its payload.

    ``prev_seq`` is the number of the message before it on its channel, 0 for the first.
    """

    entity_id: UUID | None
    seq: int
    prev_seq: int
    channel: str
    type: str
    subject_type: str
    subject_id: UUID
    occurred_at: datetime
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name, unique for ever."""
        return event_id(self.entity_id, self.seq)


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Messages in the order of their numbers; up to ``last_seq`` nothing of what was asked for is missing."""

    messages: list[Message]
    last_seq: int


def get_firm_seq() -> int:
    """How far the firm's own stream has come; 0 before its first message."""
    return get_head(entity_id=None)


def get_head(*, entity_id: UUID | None) -> int:
    """How far the stream of the entity, or the firm's own, has come; 0 before its first message."""
    heads = StreamHead.objects.filter(channel=StreamHead.ALL)
    heads = heads.filter(entity_id__isnull=True) if entity_id is None else heads.filter(entity_id=entity_id)
    return heads.values_list("last_seq", flat=True).first() or 0


def list_messages(*, entity_id: UUID | None, after: int, channels: Sequence[str] = (), limit: int) -> StreamPage:
    """Up to ``limit`` messages of a stream with numbers above ``after``, of these channels or of all.

    The head is read first: a number at or below it is there for every later statement, for both are of one transaction. Where
    ``after`` is beyond the head, ``last_seq`` is the head and therefore less than ``after``.
    """
    head = get_head(entity_id=entity_id)
    until = min(head, after + LOOKED_THROUGH_MOST)
    rows = _of(entity_id).filter(stream_seq__gt=after, stream_seq__lte=until).order_by("stream_seq")
    if channels:
        rows = rows.filter(channel__in=channels)
    messages = [_message(row) for row in rows[:limit]]
    return StreamPage(messages, messages[-1].seq if len(messages) == limit else until)


def get_message(*, entity_id: UUID | None, seq: int) -> Message | None:
    """The message with this number of the stream, if there is one."""
    row = _of(entity_id).filter(stream_seq=seq).first()
    return None if row is None else _message(row)


def _of(entity_id: UUID | None) -> QuerySet[OutboxMessage]:
    if entity_id is None:
        return OutboxMessage.objects.filter(entity_id__isnull=True)
    return OutboxMessage.objects.filter(entity_id=entity_id)


def _message(row: OutboxMessage) -> Message:
    # Sealed: that the numbers are there is what the queries above ask for.
    assert row.stream_seq is not None
    assert row.prev_seq is not None
    return Message(
        entity_id=row.entity_id,
        seq=row.stream_seq,
        prev_seq=row.prev_seq,
        channel=row.channel,
        type=row.topic,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        occurred_at=row.created_at,
        data=row.payload,
    )
