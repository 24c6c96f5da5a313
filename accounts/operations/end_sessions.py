"""End sessions of a person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import StaffSession
from core.operations.record_audit import Actor, record_audit


def end_sessions(*, staff_id: UUID, actor: Actor, at: datetime, only: str | None = None, but: str | None = None) -> int:
    """End the sessions of a person, ``only`` one or all ``but`` one (by the hash of the key); how many there were.

    Joins the caller's transaction. Their sockets close within seconds.
    """
    with transaction.atomic():
        sessions = StaffSession.objects.filter(staff_id=staff_id)
        if only is not None:
            sessions = sessions.filter(session_key=only)
        if but is not None:
            sessions = sessions.exclude(session_key=but)
        ended, _ = sessions.delete()
        if ended:
            record_audit(
                actor=actor,
                action="accounts.staff_user.end_sessions",
                object_type="accounts.staff_user",
                object_id=staff_id,
                at=at,
                changes=[{"field": "sessions", "before": str(ended), "after": "0"}],
            )
    return int(ended)
