"""Take a planned session back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from trading.models import MarketSession


def withdraw_session(*, session_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Withdraw a session that has not begun, so that nothing comes of it. One person's: the market stays as it is.

    Refuses one that runs, or is over, with STATE_CHANGED (409): from there on the phase is changed, not the plan.
    """
    with transaction.atomic(durable=True):
        session = MarketSession.objects.select_for_update().filter(pk=session_id).first()
        if session is None:
            raise NotFound("session")
        if session.status != MarketSession.Status.PLANNED:
            raise Refusal(
                "STATE_CHANGED", f"The session is {session.status}.", meta={"from": "PLANNED", "to": session.status},
                status=409,
            )  # fmt: skip
        session.status = MarketSession.Status.WITHDRAWN
        session.updated_at = at
        session.save(update_fields=["status", "updated_at"])
        record_audit(
            actor=actor,
            action="trading.market_session.withdraw",
            object_type="trading.market_session",
            object_id=session.pk,
            at=at,
            changes=[{"field": "status", "before": "PLANNED", "after": "WITHDRAWN"}],
            reason=reason,
        )
