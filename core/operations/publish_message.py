"""Tell others what happened: a row in the outbox, in the transaction that did it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

INSERT = """
INSERT INTO core_outboxmessage (topic, channel, entity_id, subject_type, subject_id, payload)
VALUES (%s, %s, %s, %s, %s, %s::jsonb)
"""


def publish_message(
    *,
    topic: str,
    channel: str,
    entity_id: UUID | None,
    subject_type: str,
    subject_id: UUID,
    payload: Mapping[str, Any],
) -> None:
    """Write a message to the outbox; runs in the caller's transaction, which its doorbell follows.

    ``topic`` is ``app.noun.past_verb``, ``entity_id`` the client whose stream it belongs to, none for the firm's. ``payload``
    is JSON of at most 16 KB: ids and small facts.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [topic, channel, entity_id, subject_type, subject_id, json.dumps(dict(payload))])
