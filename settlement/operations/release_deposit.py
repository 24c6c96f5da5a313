"""Release a deposit from review: compliance has looked, and the client may have it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Profile
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit


def release_deposit(
    *, deposit_id: UUID, reason: str, actor: Actor, at: datetime, approval_id: UUID | None = None
) -> Deposit:
    """Lift what an UNDER_REVIEW deposit waits for: CREDITED from SUSPENSE, or waiting for the next reason that holds.

    Answers the deposit as it is then. Joins the caller's transaction. The review is the permission: what the client may not
    receive without it, compliance lets through, once, for ``reason``. Released already, nothing happens. Refuses one that is not
    there or on its way back (409 STATE_CHANGED), no reason (REASON_MISSING), one of which nobody knows whose it is (409
    DEPOSIT_UNATTRIBUTED) or who sent it (409 INFORMATION_MISSING), one that was recalled (409 DEPOSIT_RECALLED), and a profile
    that is closed (ACTION_NOT_PERMITTED): such a deposit goes back.
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A release says why.")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW", "CREDITED"), verb="released")
        if deposit.status == Deposit.Status.CREDITED:
            return deposit
        _refuse(deposit)
        lift_review(deposit, verb="release", reason=reason, actor=actor, at=at, approval_id=approval_id)
    return deposit


def _refuse(deposit: Deposit) -> None:
    if deposit.recalled_at is not None:
        raise Refusal("DEPOSIT_RECALLED", "Whoever held it says that it is gone.", status=409)
    if deposit.profile is None:
        raise Refusal("DEPOSIT_UNATTRIBUTED", "Nobody has said yet whose it is.", status=409)
    if deposit.needs_information:
        raise Refusal("INFORMATION_MISSING", "Nobody has said yet who sent it.", status=409)
    if deposit.profile.status != Profile.Status.OPEN:
        raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "RECEIVE"})
