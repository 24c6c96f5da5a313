"""Take a credited deposit back that was recalled: by the sender's bank, or by a chain that forgot it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import format_scaled, plain_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry, LedgerAccount
from settlement.operations.lock_deposit import lock_deposit, look_at_deposit
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.operations.post_entry import Move, post_entry
from settlement.operations.reverse_entry import reverse_entry
from settlement.queries.valuation import find_value

DEPOSIT_REVERSAL = "DEPOSIT_REVERSAL"


def reverse_deposit(*, deposit_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask under the policy DEPOSIT_REVERSAL to take a CREDITED deposit back; others decide. Joins the caller's transaction.

    Refuses one that is not there or not CREDITED (409 STATE_CHANGED), no reason (REASON_MISSING), a client that has less than it
    (INSUFFICIENT_AVAILABLE: a COVER journal goes first), and a policy that would ask nobody (APPROVAL_NEEDED). Without a fresh
    price it is of the policy's highest tier.
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A reversal says why.")
    with transaction.atomic():
        deposit = look_at_deposit(deposit_id=deposit_id, expected=("CREDITED",), verb="reversed")
        _refuse_short(deposit)
        asset = deposit.omnibus.asset
        valued = find_value(asset.pk, deposit.amount, at)
        wish = Wish(
            action=DEPOSIT_REVERSAL,
            subject_type=OBJECT_TYPE,
            subject_id=deposit.pk,
            payload={
                "deposit_id": str(deposit.pk),
                "profile_id": str(deposit.profile_id),
                "asset": asset.code,
                "amount": format_scaled(deposit.amount, asset.scale),
                "outside_reference": deposit.outside_reference,
                "recall_reference": deposit.recall_reference,
                "reason": reason,
            },
            reason=reason,
            value=valued.value if valued else None,
        )
        outcome = carry_out(wish=wish, actor=actor, at=at)
        if outcome.is_pending:
            # Whoever decided the wish before may have been waited for.
            lock_deposit(deposit_id=deposit.pk, expected=("CREDITED",), verb="reversed")
        return outcome


def execute_reversal(execution: Execution) -> dict[str, str]:
    """What DEPOSIT_REVERSAL does: client to OMNIBUS, REVERSED.

    Refuses one that is CREDITED no more, or gone by another recall than was approved or no longer gone (409 STATE_CHANGED), and
    INSUFFICIENT_AVAILABLE: short, it is covered first.
    """
    if execution.approval_id is None:
        raise Refusal("APPROVAL_NEEDED", "A reversal always takes another person.")
    at = execution.at
    deposit = lock_deposit(deposit_id=UUID(execution.payload["deposit_id"]), expected=("CREDITED",), verb="reversed")
    if deposit.recall_reference != execution.payload["recall_reference"]:
        raise Refusal("STATE_CHANGED", "Its recall is another now, or there is none any more.", status=409)
    _post(deposit, execution.requester, at)
    deposit.mark(Deposit.Status.REVERSED, at=at, reversed_at=at, approval_id=execution.approval_id)
    note_deposit(
        deposit=deposit,
        verb="reverse",
        topic="reversed",
        reason=execution.payload["reason"],
        actor=execution.requester,
        at=at,
        approval_id=execution.approval_id,
    )
    return {"deposit_id": str(deposit.pk)}


def describe_reversal(payload: Payload) -> Description:
    """The wish in words. Refuses one that is not there."""
    deposit = (
        Deposit.objects.select_related("profile__entity", "omnibus__asset")
        .filter(pk=UUID(payload["deposit_id"]))
        .first()
    )
    if deposit is None or deposit.profile is None:
        raise NotFound("deposit")
    recalled = "nobody outside says that it is gone" if deposit.recalled_at is None else "gone outside"
    return Description(
        title=f"Take back a deposit of {payload['amount']} {payload['asset']}",
        changes=[
            ("client", None, f"{deposit.profile.entity.shown_name}, {deposit.profile.reference}"),
            ("deposit", None, deposit.outside_reference),
            ("recall", None, deposit.recall_reference or recalled),
            ("reason", None, payload["reason"]),
        ],
        effect="The client's account is debited, and the account it arrived at has it no more; short, it fails.",
    )


def _post(deposit: Deposit, actor: Actor, at: datetime) -> None:
    """The mirror of what credited it at once; where it came through SUSPENSE, one move back over both."""
    said = f"Deposit {deposit.outside_reference} taken back"
    credited = Entry.objects.filter(source_type=OBJECT_TYPE, source_id=deposit.pk, kind=Entry.Kind.DEPOSIT).first()
    if credited is not None:
        reverse_entry(
            entry_id=credited.pk,
            kind=Entry.Kind.DEPOSIT_REVERSED,
            source_type=OBJECT_TYPE,
            source_id=deposit.pk,
            event_at=at,
            actor_id=actor.id,
            narrative=said,
        )
        return
    move = Move(_account_of(deposit).pk, deposit.omnibus_id, deposit.omnibus.asset_id, deposit.amount)
    post_entry(
        kind=Entry.Kind.DEPOSIT_REVERSED,
        source_type=OBJECT_TYPE,
        source_id=deposit.pk,
        event_at=at,
        moves=[move],
        actor_id=actor.id,
        narrative=said,
    )


def _account_of(deposit: Deposit) -> LedgerAccount:
    assert deposit.profile_id is not None
    return LedgerAccount.objects.get(
        kind="CLIENT", profile_id=deposit.profile_id, asset_id=deposit.omnibus.asset_id, label=""
    )


def _refuse_short(deposit: Deposit) -> None:
    account = _account_of(deposit)
    available = account.balance - account.held
    if available < deposit.amount:
        raise Refusal(
            "INSUFFICIENT_AVAILABLE",
            f"{account.code} has {plain_text(available)} available: cover it first by a journal.",
            meta={"available": plain_text(available), "needed": plain_text(deposit.amount)},
        )
