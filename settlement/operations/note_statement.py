"""Write down that a client's statement was issued, and tell the client; in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import ClientStatement

OBJECT_TYPE = "settlement.client_statement"


def note_statement(statement: ClientStatement, *, entity_id: UUID, actor: Actor, at: datetime) -> None:
    """Audit ``settlement.client_statement.issue`` or ``.reissue``, outbox ``.issued`` to the client's stream."""
    supersedes = None if statement.supersedes_id is None else str(statement.supersedes_id)
    said = {
        "profile_id": str(statement.profile_id),
        "number": statement.number,
        "period_start": statement.period_start.isoformat(),
        "period_end": statement.period_end.isoformat(),
        "known_at": str(statement.known_at),
        "sha256": statement.sha256,
        "supersedes_id": supersedes,
    }
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{'issue' if supersedes is None else 'reissue'}",
        object_type=OBJECT_TYPE,
        object_id=statement.pk,
        at=at,
        changes=[{"field": name, "before": None, "after": value} for name, value in said.items()],
        reason=statement.reason,
    )
    publish_message(
        topic=f"{OBJECT_TYPE}.issued",
        channel="SETTLEMENT",
        entity_id=entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=statement.pk,
        payload=said,
    )
