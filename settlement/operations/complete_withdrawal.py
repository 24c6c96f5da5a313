"""A withdrawal was paid, or came back: what that does to the books."""

from datetime import datetime
from uuid import UUID

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.domain.withdrawing import check_move
from settlement.models import Entry, LedgerAccount, Withdrawal
from settlement.operations.hold_value import release_value
from settlement.operations.lock_accounts import lock_accounts
from settlement.operations.note_withdrawal import OBJECT_TYPE, note_withdrawal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.post_entry import Move, post_entry

Status = Withdrawal.Status
FEES = "WITHDRAWAL"


def complete_withdrawal(withdrawal: Withdrawal, *, outside_reference: str, at: datetime) -> None:
    """Book the locked withdrawal as paid by ``outside_reference``: net to the omnibus account, the fee to the firm.

    Joins the caller's transaction. Posted once a withdrawal, which the ledger itself keeps (``event_is_posted_once``).
    """
    before, held = withdrawal.status, withdrawal.held
    check_move(before, Status.COMPLETED)
    asset = withdrawal.rail.asset
    client = _client_account(withdrawal)
    moves = [Move(client, withdrawal.rail.omnibus_id, asset.pk, withdrawal.net_amount)]
    if withdrawal.fee_amount:
        fees = open_firm_account(
            kind="FEES", asset_id=asset.pk, asset_code=asset.code, label=FEES, name="Withdrawal fees", at=at
        )
        moves.append(Move(client, fees, asset.pk, withdrawal.fee_amount))
    withdrawal.mark(
        Status.COMPLETED,
        at=at,
        outside_reference=outside_reference,
        sent_at=withdrawal.sent_at or at,
        completed_at=at,
        reason_code="",
    )
    # Before the hold is given back: who gives back first and locks the rest then waits for others in a circle.
    lock_accounts({key for move in moves for key in (move.source_id, move.destination_id)})
    release_value(profile_id=withdrawal.profile_id, asset_id=asset.pk, amount=held)
    post_entry(
        kind=Entry.Kind.WITHDRAWAL,
        source_type=OBJECT_TYPE,
        source_id=withdrawal.pk,
        event_at=at,
        moves=moves,
        actor_id=None,
        narrative=f"Withdrawal {withdrawal.client_reference}",
    )
    note_withdrawal(
        withdrawal, verb="complete", before=before, actor=SYSTEM, at=at, facts={"outside_reference": outside_reference}
    )


def return_withdrawal(withdrawal: Withdrawal, *, return_reference: str, at: datetime) -> None:
    """The bank sent the locked, COMPLETED withdrawal back: net is the client's again, the fee stays. RETURNED.

    Joins the caller's transaction. Refuses a profile that is closed (ACTION_NOT_PERMITTED): somebody has to look.
    """
    before = withdrawal.status
    check_move(before, Status.RETURNED)
    if withdrawal.profile.status != "OPEN":
        raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "RECEIVE"})
    asset = withdrawal.rail.asset
    withdrawal.mark(Status.RETURNED, at=at, return_reference=return_reference, reason_code="RETURNED_BY_BANK")
    post_entry(
        kind=Entry.Kind.WITHDRAWAL_RETURNED,
        source_type=OBJECT_TYPE,
        source_id=withdrawal.pk,
        event_at=at,
        moves=[Move(withdrawal.rail.omnibus_id, _client_account(withdrawal), asset.pk, withdrawal.net_amount)],
        actor_id=None,
        narrative=f"Withdrawal {withdrawal.client_reference} sent back",
    )
    note_withdrawal(
        withdrawal, verb="return", before=before, actor=SYSTEM, at=at, facts={"return_reference": return_reference}
    )


def _client_account(withdrawal: Withdrawal) -> UUID:
    account = LedgerAccount.objects.get(
        kind="CLIENT", profile_id=withdrawal.profile_id, asset_id=withdrawal.rail.asset_id, label=""
    )
    return account.pk
