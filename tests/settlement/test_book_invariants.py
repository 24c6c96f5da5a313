"""Each check of transfers, journals and reversals: quiet where all is well, and told where something is not."""

from decimal import Decimal

import pytest
from django.db import connection

from core.clock import now
from core.operations.record_audit import SYSTEM, Actor
from core.queries.verifying import verify_all
from settlement.models import LedgerAccount
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from settlement.queries.book_invariants import BOOK_INVARIANTS
from tests.desk import a_person
from tests.four_eyes import approve
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db
TRANSFER, JOURNAL, LINE = "settlement_internaltransfer", "settlement_manualjournal", "settlement_journalline"
OF = "(SELECT id FROM settlement_entry WHERE kind = '{}' LIMIT 1)"
SENT, WRITTEN, BACK = (OF.format(kind) for kind in ("INTERNAL_TRANSFER", "MANUAL_JOURNAL", "REVERSAL"))


@pytest.fixture
def books(db: None) -> World:
    """A transfer, one that was taken back, one that waits; a journal, one that was taken back, a draft."""
    world = World()
    alder, birch = world.client("Alder", USD="50000.00"), world.client("Birch", USD="10.00")
    wishes = [
        TransferWish(alder.profile_id, birch.profile_id, "USD", Decimal(amount), f"T-{amount}")
        for amount in ("5", "6", "5000")
    ]
    started = [start_transfers(wishes=[wish], actor=SYSTEM, at=MONDAY) for wish in wishes]
    reverse_transfer(transfer_id=started[1].transfers[0].pk, reason="Tests", actor=SYSTEM, at=MONDAY)
    account = LedgerAccount.objects.get(profile_id=alder.profile_id)
    actor = Actor("PERSON", a_person("Olive", "OPERATIONS").pk)
    lines = [LineTerms(account.pk, world.omnibus["USD"], Decimal(amount)) for amount in (1, 2)]
    journals = [
        draft_journal(terms=JournalTerms("CORRECTION", "Tests", lines), actor=actor, at=MONDAY) for _ in range(3)
    ]
    for journal in journals[:2]:
        approve(submit_journal(journal_id=journal.pk, actor=actor, at=MONDAY))
    mirror = reverse_journal(journal_id=journals[1].pk, reason="Tests", actor=actor, at=MONDAY)
    approve(mirror.approval_id)
    return world


def breaches() -> dict[str, int]:
    """What each check says, by its sentence; nothing where it is quiet."""
    verdicts = verify_all(BOOK_INVARIANTS, at=now())
    assert [each.error for each in verdicts if each.error] == []
    return {f"{each.number} {each.says}": each.count for each in verdicts if each.count}


def damage(statement: str) -> None:
    """As the owner with all triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount, f"touches no row: {statement}"
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_all_is_well(books: World) -> None:
    assert breaches() == {}


@pytest.mark.parametrize(
    ("number", "words", "statement"),
    [
        ("V6", "transfer is posted", f"UPDATE settlement_posting SET amount = amount + 1 WHERE entry_id = {SENT}"),
        ("V6", "transfer is posted", f"UPDATE {TRANSFER} SET to_profile_id = from_profile_id, from_profile_id = to_profile_id"),
        (
            "V6",
            "transfer is posted",
            "INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount) SELECT entry_id, source_id,"
            f" destination_id, asset_id, amount FROM settlement_posting WHERE entry_id = {SENT}",
        ),
        ("V6", "journal is posted", f"UPDATE settlement_posting SET amount = amount + 1 WHERE entry_id = {WRITTEN}"),
        ("V6", "journal is posted", f"DELETE FROM settlement_posting WHERE entry_id = {WRITTEN}"),
        ("V6", "journal is posted", f"DELETE FROM {LINE}"),
        ("V6", "reversal is the mirror", f"UPDATE settlement_posting SET amount = amount + 1 WHERE entry_id = {BACK}"),
        ("V6", "reversal is the mirror", f"DELETE FROM settlement_posting WHERE entry_id = {BACK}"),
        ("V6", "reversal is the mirror", "DELETE FROM settlement_entryreversal"),
        ("V6", "reversal is the mirror", f"UPDATE settlement_entryreversal SET entry_id = {SENT}, reversal_id = {SENT}"
         f" WHERE reversal_id = {BACK}"),
        ("V7", "transfer has the entry", f"DELETE FROM settlement_entry WHERE id = {SENT}"),
        ("V7", "transfer has the entry", f"DELETE FROM {TRANSFER} WHERE status = 'EXECUTED'"),
        ("V7", "transfer has the entry", f"UPDATE {TRANSFER} SET status = 'EXECUTED', executed_at = now()"
         " WHERE status = 'AWAITING_APPROVAL'"),
        ("V7", "transfer has the entry", f"UPDATE {TRANSFER} SET status = 'EXECUTED' WHERE status = 'REVERSED'"),
        ("V7", "journal has the entry", f"DELETE FROM settlement_entry WHERE id = {WRITTEN}"),
        ("V7", "journal has the entry", f"UPDATE {JOURNAL} SET status = 'POSTED' WHERE status = 'REVERSED'"),
        ("V9", "asset's scale", f"UPDATE {TRANSFER} SET amount = amount + 1e-9"),
        ("V9", "asset's scale", f"UPDATE {LINE} SET amount = amount + 1e-9"),
    ],
)  # fmt: skip
def test_damage_is_told(books: World, number: str, words: str, statement: str) -> None:
    damage(statement)
    told = [said for said in breaches() if said.startswith(number) and words in said]
    assert told, breaches()
