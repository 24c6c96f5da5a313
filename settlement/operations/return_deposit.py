"""Send a deposit back to where it came from."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import note_deposit


def return_deposit(*, deposit_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Say that an UNDER_REVIEW deposit goes back: RETURNING. Joins the caller's transaction.

    The value stays in SUSPENSE until the bank or chain has sent it (``complete_return``). Said already, nothing happens. Refuses
    one that is not there, one that was credited or has gone back (409 STATE_CHANGED), and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A return says why.")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW", "RETURNING"), verb="sent back")
        if deposit.status == Deposit.Status.RETURNING:
            return
        deposit.mark(Deposit.Status.RETURNING, at=at)
        note_deposit(deposit=deposit, verb="return", topic="returning", reason=reason, actor=actor, at=at)
