"""End a withdrawal unpaid: the client takes it back, somebody says no, or it cannot be paid. Its hold is given back, once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.operations.end_pending import end_pending
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.domain.withdrawing import BEFORE_SENT, ENDED_UNPAID, check_move
from settlement.models import Withdrawal
from settlement.operations.hold_value import release_value
from settlement.operations.lock_withdrawal import lock_withdrawal, refuse_unknown_outcome
from settlement.operations.note_withdrawal import note_withdrawal

Status = Withdrawal.Status
VERBS = {"CANCELLED": "cancel", "REJECTED": "reject", "FAILED": "fail"}


def cancel_withdrawal(*, withdrawal_id: UUID, entity_id: UUID, actor: Actor, at: datetime) -> None:
    """The client takes it back before it is sent: CANCELLED. Again does nothing. In a durable transaction of its own.

    Refuses one that is not the entity's (``NotFound``) and one that was handed to the gateway or has ended otherwise
    (409 WITHDRAWAL_ALREADY_SENT).
    """
    with transaction.atomic(durable=True):
        found = Withdrawal.objects.filter(pk=withdrawal_id, profile__entity_id=entity_id).first()
        if found is None:
            raise NotFound("withdrawal")
        withdrawal = _lock_with_approval(found, actor, at)
        if withdrawal.status == Status.CANCELLED:
            return
        if withdrawal.status not in BEFORE_SENT or withdrawal.outcome_unknown:
            raise Refusal(
                "WITHDRAWAL_ALREADY_SENT",
                f"It is {withdrawal.status}; only what was not sent yet is taken back.",
                meta={"status": withdrawal.status},
                status=409,
            )
        end_unpaid(withdrawal, status=Status.CANCELLED, reason_code="CLIENT", actor=actor, at=at)


def reject_withdrawal(*, withdrawal_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """The house says no before it is sent: REJECTED. Joins the caller's transaction; again does nothing.

    Refuses no reason (REASON_MISSING), one that was sent or ended (409 STATE_CHANGED), one that the gateway may have
    (409 OUTCOME_UNKNOWN).
    """
    _check_reason(reason)
    with transaction.atomic():
        found = Withdrawal.objects.filter(pk=withdrawal_id).first()
        if found is None:
            raise NotFound("withdrawal")
        withdrawal = _lock_with_approval(found, actor, at)
        if withdrawal.status == Status.REJECTED:
            return
        refuse_unknown_outcome(withdrawal)
        end_unpaid(withdrawal, status=Status.REJECTED, reason_code="DESK", actor=actor, at=at, reason=reason)


def fail_withdrawal(*, withdrawal_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Operations give an ERRORED withdrawal up: FAILED. Joins the caller's transaction; again does nothing.

    Refuses as ``reject_withdrawal`` does: while the outcome is unknown, nobody may say that nothing was paid.
    """
    _check_reason(reason)
    with transaction.atomic():
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        if withdrawal.status == Status.FAILED:
            return
        refuse_unknown_outcome(withdrawal)
        code = withdrawal.reason_code or "DESK"
        end_unpaid(withdrawal, status=Status.FAILED, reason_code=code, actor=actor, at=at, reason=reason)


def end_unpaid(
    withdrawal: Withdrawal, *, status: str, reason_code: str, actor: Actor, at: datetime, reason: str = ""
) -> None:
    """Mark the locked withdrawal ended without a payment, and give its hold back in the same transaction.

    Refuses what the table of moves does not know (409 STATE_CHANGED).
    """
    assert status in ENDED_UNPAID
    before, held = withdrawal.status, withdrawal.held
    check_move(before, status)
    withdrawal.mark(status, at=at, reason_code=reason_code[:64])
    release_value(profile_id=withdrawal.profile_id, asset_id=withdrawal.rail.asset_id, amount=held)
    note_withdrawal(
        withdrawal,
        verb=VERBS[status],
        before=before,
        actor=actor,
        at=at,
        reason=reason,
        facts={"reason_code": reason_code},
    )


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("REASON_MISSING", "It is said why.")


def _lock_with_approval(found: Withdrawal, actor: Actor, at: datetime) -> Withdrawal:
    """Approval first, then the withdrawal: the order in which a decision locks them. A pending request ends with it."""
    if found.approval_id is None:
        withdrawal = lock_withdrawal(withdrawal_id=found.pk)
        if withdrawal.approval_id is not None and withdrawal.status == Status.AWAITING_APPROVAL:
            raise Refusal("STATE_CHANGED", "It has just been asked for approval. Try again.", status=409)
        return withdrawal
    end_pending(approval_id=found.approval_id, actor=actor, at=at)
    return lock_withdrawal(withdrawal_id=found.pk)
