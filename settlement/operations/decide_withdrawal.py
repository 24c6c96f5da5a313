"""Who has to agree to a withdrawal: the screening, compliance where it has to look, and approvers by the policy of its value."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Ending, Execution, Payload
from accounts.domain.permissions import Action
from accounts.models import ApprovalRequest
from accounts.operations.carry_out import Wish, carry_out
from accounts.queries.permissions import check_permission
from core.domain.decimals import format_scaled, plain_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import SYSTEM, Actor
from settlement.domain.withdrawing import check_move, check_state
from settlement.models import Withdrawal
from settlement.operations.end_withdrawal import end_unpaid
from settlement.operations.lock_withdrawal import lock_withdrawal
from settlement.operations.note_withdrawal import OBJECT_TYPE, note_withdrawal

WITHDRAWAL = "WITHDRAWAL"
Status, Screening = Withdrawal.Status, Withdrawal.Screening


@dataclass(frozen=True, slots=True)
class Screened:
    """What the screening said: ``is_clear``, or what it found, in its own words."""

    is_clear: bool
    finding: str = ""


def record_screening(*, withdrawal_id: UUID, screened: Screened, at: datetime) -> None:
    """Keep the screening's answer: CLEAR goes on, unless compliance has to look anyway; a HIT waits for compliance.

    Told again, or too late, nothing happens: the first answer stands. In a durable transaction of its own.
    """
    with transaction.atomic(durable=True):
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        if withdrawal.status != Status.IN_REVIEW or withdrawal.screening != Screening.PENDING:
            return
        withdrawal.mark(at=at, screening=Screening.CLEAR if screened.is_clear else Screening.HIT)
        note_withdrawal(
            withdrawal,
            verb="screen",
            before=withdrawal.status,
            actor=SYSTEM,
            at=at,
            reason=screened.finding,
            facts={"screening": withdrawal.screening},
        )
        if screened.is_clear and not withdrawal.needs_review:
            _ask_approvers(withdrawal, at)


def release_withdrawal(*, withdrawal_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Compliance lets an IN_REVIEW withdrawal go on, for ``reason``. Joins the caller's transaction.

    Refuses no reason (REASON_MISSING), one that is in review no longer (409 STATE_CHANGED), one that the screening has not
    answered for yet (409 SCREENING_PENDING), its own asker (APPROVER_IS_REQUESTER), and whoever is no person
    (403 DECIDER_IS_NO_PERSON).
    """
    if actor.kind != "PERSON" or actor.id is None:
        raise Refusal("DECIDER_IS_NO_PERSON", "Only a person decides; no program does.", status=403)
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A release says why.")
    with transaction.atomic():
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        check_state(withdrawal.status, "IN_REVIEW")
        if withdrawal.screening == Screening.PENDING:
            raise Refusal("SCREENING_PENDING", "The screening has not answered yet.", status=409)
        if withdrawal.requested_by_id == actor.id:
            raise Refusal("APPROVER_IS_REQUESTER", "You asked for this; somebody else decides it.")
        withdrawal.mark(at=at, reviewed_by=actor.id)
        note_withdrawal(withdrawal, verb="release", before=withdrawal.status, actor=actor, at=at, reason=reason)
        _ask_approvers(withdrawal, at)


def _ask_approvers(withdrawal: Withdrawal, at: datetime) -> None:
    """Have the policy say who approves it; in the name of whoever asked for it."""
    asset = withdrawal.rail.asset
    wish = Wish(
        action=WITHDRAWAL,
        subject_type=OBJECT_TYPE,
        subject_id=withdrawal.pk,
        payload={
            "withdrawal_id": str(withdrawal.pk),
            "profile_id": str(withdrawal.profile_id),
            "destination_id": str(withdrawal.destination_id),
            "asset": asset.code,
            "net_amount": format_scaled(withdrawal.net_amount, asset.scale),
            "fee_amount": format_scaled(withdrawal.fee_amount, asset.scale),
        },
        value=withdrawal.value,
        entity_id=withdrawal.profile.entity_id,
    )
    requester = Actor(withdrawal.requested_by_kind, withdrawal.requested_by_id)
    outcome = carry_out(wish=wish, actor=requester, at=at)
    if outcome.approval_id is None:
        return
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    check_move(withdrawal.status, Status.AWAITING_APPROVAL)
    before = withdrawal.status
    withdrawal.mark(Status.AWAITING_APPROVAL, at=at, approval=request, approvals_required=request.approvals_required)
    # An entry names the approval that let an act happen; here one is only asked for.
    facts = {"approval": str(request.pk)}
    note_withdrawal(withdrawal, verb="ask", before=before, actor=SYSTEM, at=at, facts=facts)


def execute_withdrawal(execution: Execution) -> dict[str, str]:
    """What WITHDRAWAL does once it is approved, or needs nobody: APPROVED, and the sweep sends it.

    Refuses one that ended meanwhile (409 STATE_CHANGED), and a profile that may not withdraw any more (ACTION_NOT_PERMITTED).
    """
    withdrawal = lock_withdrawal(withdrawal_id=UUID(execution.payload["withdrawal_id"]))
    check_state(withdrawal.status, "IN_REVIEW", "AWAITING_APPROVAL")
    check_permission(profile_id=withdrawal.profile_id, action=Action.WITHDRAW)
    before = withdrawal.status
    withdrawal.mark(Status.APPROVED, at=execution.at, approvals_given=len(execution.approvers))
    note_withdrawal(
        withdrawal,
        verb="approve",
        before=before,
        actor=execution.requester if execution.approvers else SYSTEM,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"withdrawal_id": str(withdrawal.pk)}


def end_wish_of_withdrawal(ending: Ending) -> None:
    """Its approval came to nothing: REJECTED, or CANCELLED where the asker took it back; the hold is given back."""
    withdrawal = lock_withdrawal(withdrawal_id=UUID(ending.payload["withdrawal_id"]))
    if withdrawal.status != Status.AWAITING_APPROVAL:
        return
    is_taken_back = ending.status == ApprovalRequest.Status.CANCELLED
    end_unpaid(
        withdrawal,
        status=Status.CANCELLED if is_taken_back else Status.REJECTED,
        reason_code=ending.code or f"APPROVAL_{ending.status}",
        actor=ending.actor,
        at=ending.at,
    )


def describe_withdrawal(payload: Payload) -> Description:
    """The withdrawal in words. Refuses one that is not there."""
    withdrawal = (
        Withdrawal.objects.select_related("profile__entity", "rail__asset", "destination")
        .filter(pk=UUID(payload["withdrawal_id"]))
        .first()
    )
    if withdrawal is None:
        raise NotFound("withdrawal")
    asset, destination = withdrawal.rail.asset, withdrawal.destination
    whom = destination.beneficiary_name or "a person"
    return Description(
        title=f"Pay {format_scaled(withdrawal.net_amount, asset.payment_scale)} {asset.code} to {destination.label}",
        changes=[
            ("client", None, withdrawal.profile.entity.shown_name),
            ("destination", None, f"{destination.address} ({withdrawal.rail.network})"),
            ("beneficiary", None, f"{whom}, {destination.beneficiary_country}"),
            ("fee", None, f"{plain_text(withdrawal.fee_amount)} {asset.code}"),
            ("screening", None, withdrawal.screening),
        ],
        effect="The payment is handed to the gateway, once; it cannot be called back by the house.",
    )
