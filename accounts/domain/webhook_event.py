"""What a webhook is sent: the event, as ``GET /v1/events/{id}`` answers it, or a test that looks like one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

TEST_TOPIC = "accounts.webhook.tested"
SUBJECT_TYPE = "accounts.webhook"


def event_body(  # noqa: PLR0913 - an event has this many parts
    *,
    event_id: str,
    seq: int,
    prev_seq: int,
    channel: str,
    topic: str,
    subject_type: str,
    subject_id: UUID,
    occurred_at: datetime,
    data: Mapping[str, Any],
) -> bytes:
    """The event as JSON, byte for byte the same whenever it is sent."""
    told = {
        "id": event_id,
        "seq": seq,
        "prev_seq": prev_seq,
        "channel": channel,
        "type": topic,
        "subject_type": subject_type,
        "subject_id": str(subject_id),
        "occurred_at": occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def trial_id(delivery_id: UUID) -> str:
    """The name of a test: no event of a stream has one like it."""
    return f"test-{delivery_id.hex}"


def trial_body(*, delivery_id: UUID, subscription_id: UUID, asked_at: datetime) -> bytes:
    """What a test sends: an event with the number 0, which no stream has."""
    return event_body(
        event_id=trial_id(delivery_id),
        seq=0,
        prev_seq=0,
        channel="TEST",
        topic=TEST_TOPIC,
        subject_type=SUBJECT_TYPE,
        subject_id=subscription_id,
        occurred_at=asked_at,
        data={},
    )
