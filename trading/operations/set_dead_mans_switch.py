"""Arm a dead man's switch, push it ahead, or disarm it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from core.domain.refusals import FieldError, Refusal
from core.ids import new_id

LEAST_SECONDS, MOST_SECONDS = 5, 3_600

SET = """
INSERT INTO trading_deadmansswitch (id, credential_id, profile_id, timeout_seconds, due_at, created_at, updated_at)
VALUES (%(id)s, %(credential)s, %(profile)s, %(seconds)s, %(due_at)s, %(at)s, %(at)s)
ON CONFLICT (credential_id, profile_id)
DO UPDATE SET timeout_seconds = EXCLUDED.timeout_seconds, due_at = EXCLUDED.due_at, updated_at = EXCLUDED.updated_at
"""
DISARM = """
UPDATE trading_deadmansswitch SET due_at = NULL, updated_at = %s WHERE credential_id = %s AND profile_id = %s
"""


def set_dead_mans_switch(
    *, profile_id: UUID, credential_id: UUID, timeout_seconds: int, at: datetime
) -> datetime | None:
    """Have the credential's orders of a profile cancelled ``timeout_seconds`` from now, unless it is set again before; 0 disarms.
    Answers when, none if disarmed. Refuses what is neither 0 nor 5 to 3,600 seconds.
    """
    if not timeout_seconds:
        with connection.cursor() as cursor:
            cursor.execute(DISARM, [at, credential_id, profile_id])
        return None
    if not LEAST_SECONDS <= timeout_seconds <= MOST_SECONDS:
        error = FieldError("/timeout_seconds", "NUMBER_INVALID", "0, or 5 to 3,600 seconds.")
        raise Refusal("REQUEST_INVALID", "There is no such time-out.", errors=[error], status=400)
    due_at = at + timedelta(seconds=timeout_seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            SET,
            {"id": new_id(), "credential": credential_id, "profile": profile_id, "seconds": timeout_seconds,
             "due_at": due_at, "at": at},
        )  # fmt: skip
    return due_at
