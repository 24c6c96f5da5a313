"""The facts of transfers, journals and reversals: each with a statement that goes around Python to hit it."""

from collections.abc import Callable
from decimal import Decimal

from accounts.models import Profile
from core.operations.record_audit import SYSTEM
from settlement.models import InternalTransfer, LedgerAccount, ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.start_transfers import TransferWish, start_transfers
from tests.guards.going_around import clone
from tests.world import MONDAY

NAN = "'NaN'::numeric"
TRANSFER, JOURNAL, LINE = "settlement_internaltransfer", "settlement_manualjournal", "settlement_journalline"
PLAIN = "status = 'EXECUTED' AND reverses_id IS NULL"
OWN_ID = "'019ab000-0000-7000-8000-00000000f00d'"


def books() -> None:
    """Two transfers, one of them taken back; two drafts, one of which takes the other back."""
    if InternalTransfer.objects.exists():
        return
    birch = Profile.objects.get(entity__legal_name="Birch")
    alder = Profile.objects.get(entity__legal_name="Alder")
    wishes = [TransferWish(birch.pk, alder.pk, "USD", Decimal(1), f"F-{number}") for number in range(2)]
    first, _ = start_transfers(wishes=wishes, actor=SYSTEM, at=MONDAY).transfers
    reverse_transfer(transfer_id=first.pk, reason="Tests", actor=SYSTEM, at=MONDAY)
    source = LedgerAccount.objects.get(kind="CLIENT", profile=alder, asset__code="USD")
    destination = LedgerAccount.objects.get(kind="OMNIBUS", asset__code="USD")
    terms = JournalTerms("CORRECTION", "Tests", [LineTerms(source.pk, destination.pk, Decimal(1))])
    journal = draft_journal(terms=terms, actor=SYSTEM, at=MONDAY)
    ManualJournal.objects.create(
        category="CORRECTION", reason="Tests", reverses=journal, drafted_by_kind="SYSTEM", drafted_at=MONDAY
    )


def _again(table: str, where: str = "true", **changes: str) -> Callable[[], str]:
    def statement() -> str:
        books()
        return clone(table, where=where, **changes)

    return statement


def _sql(statement: str) -> Callable[[], str]:
    def made() -> str:
        books()
        return statement

    return made


def _transfer(where: str = PLAIN, **changes: str) -> Callable[[], str]:
    return _again(TRANSFER, where, **({"client_reference": "'other'"} | changes))


BOOKS = [
    ("reversal_names_its_entry", _again("settlement_entry", kind="'REVERSAL'", source_id="gen_random_uuid()")),
    ("entry_is_reversed_once", _again("settlement_entryreversal")),
    ("transfer_reference_is_unique", _transfer(client_reference="client_reference")),
    ("transfer_is_reversed_once", _transfer("reverses_id IS NOT NULL")),
    ("transfer_goes_elsewhere", _transfer(to_profile_id="from_profile_id")),
    ("transfer_moves_something", _transfer(amount="0")),
    ("transfer_moves_something", _transfer(amount=NAN)),
    ("transfer_value_is_finite", _transfer(value=NAN)),
    ("transfer_value_is_finite", _transfer(value="NULL")),
    ("transfer_reference_is_plain", _transfer(client_reference="'a b'")),
    ("waiting_transfer_has_approval", _transfer(status="'AWAITING_APPROVAL'", executed_at="NULL")),
    ("executed_transfer_has_time", _transfer(executed_at="NULL")),
    ("failed_transfer_has_code", _transfer(reason_code="'MOOD'")),
    ("transfer_does_not_reverse_itself", _transfer(id=OWN_ID, reverses_id=OWN_ID, reason="'x'")),
    ("reversing_transfer_says_why", _transfer(reverses_id="id", reason="''")),
    ("journal_has_reason", _again(JOURNAL, "reverses_id IS NULL", reason="'  '")),
    ("journal_category_is_known", _again(JOURNAL, "reverses_id IS NULL", category="'MOOD'")),
    ("submitted_journal_has_approval", _sql(f"UPDATE {JOURNAL} SET status = 'SUBMITTED'")),
    ("posted_journal_has_time", _sql(f"UPDATE {JOURNAL} SET posted_at = now()")),
    ("journal_value_is_finite", _sql(f"UPDATE {JOURNAL} SET value = {NAN}")),
    ("journal_is_reversed_once", _again(JOURNAL, "reverses_id IS NOT NULL")),
    ("journal_does_not_reverse_itself", _again(JOURNAL, "reverses_id IS NULL", id=OWN_ID, reverses_id=OWN_ID)),
    ("journal_line_number_is_used_once", _again(LINE)),
    ("journal_line_moves_something", _again(LINE, number="2", amount="0")),
    ("journal_line_moves_something", _again(LINE, number="2", amount=NAN)),
    ("journal_line_goes_elsewhere", _again(LINE, number="2", destination_id="source_id")),
]
# The triggers that know the moves refuse a status that nobody knows before its own fact does.
IMPLIED_BY_MOVES = {"transfer_status_is_known", "journal_status_is_known"}
