"""Write down what became of a manual journal: for the record, and for the firm's stream."""

from datetime import datetime
from uuid import UUID

from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import ManualJournal

OBJECT_TYPE = "settlement.manual_journal"


def note_journal(
    journal: ManualJournal, *, verb: str, topic: str, actor: Actor, at: datetime, approval_id: UUID | None = None
) -> None:
    """One audit entry ``settlement.manual_journal.<verb>`` and a message ``.<topic>``, in the caller's transaction."""
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=journal.pk,
        at=at,
        changes=[
            {"field": "category", "before": None, "after": journal.category},
            {"field": "status", "before": None, "after": journal.status},
            *({"field": "attachment", "before": None, "after": each["sha256"]} for each in journal.attachments),
            *([{"field": "reason_code", "before": None, "after": journal.reason_code}] if journal.reason_code else []),
        ],
        reason=journal.reason,
        object_version=journal.version,
        approval_id=approval_id,
    )
    publish_message(
        topic=f"{OBJECT_TYPE}.{topic}",
        channel="TRANSFERS",
        entity_id=None,
        subject_type=OBJECT_TYPE,
        subject_id=journal.pk,
        payload={"category": journal.category, "status": journal.status},
    )
