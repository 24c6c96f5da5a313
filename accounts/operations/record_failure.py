"""Put a second factor that was refused on the record of the person it was tried for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.operations.record_audit import Actor, record_audit


def record_failure(
    *, staff_id: UUID, kind: str, actor: Actor, at: datetime, changes: Sequence[dict[str, Any]] = (), reason: str = ""
) -> None:
    """Write the entry: whoever tried knew the password, had a session, or held the key. Joins the caller's transaction.

    ``kind`` is TOTP, RECOVERY or PASSKEY. The pace of tries, which comes before, bounds how many there are.
    """
    with transaction.atomic():
        record_audit(
            actor=actor,
            action="accounts.staff_user.fail_factor",
            object_type="accounts.staff_user",
            object_id=staff_id,
            at=at,
            changes=[{"field": "factor", "before": None, "after": kind}, *changes],
            reason=reason,
        )
