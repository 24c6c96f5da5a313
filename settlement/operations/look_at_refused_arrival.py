"""Say that somebody has looked at a notice that could not be booked."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from settlement.models import ArrivalRefusal, ArrivalRefusalLook

OBJECT_TYPE = "settlement.arrival"


def look_at_refused_arrival(*, refusal_id: UUID, reason: str, actor: Actor, at: datetime) -> bool:
    """It was looked at, and ``reason`` says what came of it: it is an alarm no more. False where somebody has looked before.

    Joins the caller's transaction. Nothing is booked by it. Refuses one that is not there, and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "Who has looked says what came of it.")
    assert actor.id is not None
    with transaction.atomic():
        refused = ArrivalRefusal.objects.select_for_update(no_key=True).filter(pk=refusal_id).first()
        if refused is None:
            raise NotFound("notice")
        if ArrivalRefusalLook.objects.filter(refusal=refused).exists():
            return False
        ArrivalRefusalLook.objects.create(refusal=refused, looked_by=actor.id, looked_at=at, reason=reason)
        record_audit(
            actor=actor,
            action=f"{OBJECT_TYPE}.look",
            object_type=OBJECT_TYPE,
            object_id=refused.pk,
            at=at,
            changes=[{"field": "code", "before": None, "after": refused.code}],
            reason=reason,
        )
    return True
