"""Write down that somebody takes a list with them; before the first byte of it goes out."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core.operations.record_audit import Actor, record_audit


def record_export(*, of: str, looked_for: Mapping[str, str], most_rows: int, actor: Actor, at: datetime) -> None:
    """The export of the list ``of`` (``core.audit_entry``) with what it was filtered by and how many rows it may have."""
    with transaction.atomic(durable=True):
        record_audit(
            actor=actor,
            action="compliance.list.export",
            object_type=of,
            object_id="list",
            at=at,
            changes=[
                *({"field": name, "before": None, "after": value} for name, value in sorted(looked_for.items())),
                {"field": "most_rows", "before": None, "after": str(most_rows)},
            ],
        )
