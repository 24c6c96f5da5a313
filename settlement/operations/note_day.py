"""Write down and tell what became of a business day; runs in the transaction of the act itself."""

from datetime import datetime
from uuid import UUID, uuid5

from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import BusinessDay

OBJECT_TYPE = "settlement.business_day"
# A day has no id but its date; messages name it by one that is the same in every house.
_DAYS = UUID("3f0f6a5c-6a57-5c59-9d8e-7f1d51a2a1f4")


def note_day(*, day: BusinessDay, verb: str, topic: str, reason: str, actor: Actor, at: datetime) -> None:
    """Audit ``settlement.business_day.{verb}``, outbox ``settlement.business_day.{topic}`` to the firm's stream."""
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=day.business_date.isoformat(),
        at=at,
        changes=[{"field": "gates", "before": None, "after": sorted(day.gates)}],
        reason=reason,
        object_version=day.version,
    )
    publish_message(
        topic=f"{OBJECT_TYPE}.{topic}",
        channel="SETTLEMENT",
        entity_id=None,
        subject_type=OBJECT_TYPE,
        subject_id=uuid5(_DAYS, day.business_date.isoformat()),
        payload={"business_date": day.business_date.isoformat(), "status": day.status, "gates": sorted(day.gates)},
    )
