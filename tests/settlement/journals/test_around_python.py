"""What the database refuses whoever goes around Python: as the application's own role, with plain SQL."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.desk import a_person
from tests.four_eyes import approve
from tests.guards.going_around import clone, refusing_fact
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db
APP = "cth_app"
JOURNAL, LINE, TRANSFER = "settlement_manualjournal", "settlement_journalline", "settlement_internaltransfer"


@pytest.fixture
def world() -> World:
    made = World()
    made.client("Alder", USD="50000.00")
    made.client("Birch", USD="1.00")
    return made


def a_draft(world: World) -> ManualJournal:
    account = LedgerAccount.objects.get(kind="CLIENT", name__startswith="Alder")
    terms = JournalTerms("CORRECTION", "Tests", [LineTerms(account.pk, world.omnibus["USD"], Decimal(1))])
    return draft_journal(terms=terms, actor=Actor("PERSON", a_person("Olive", "OPERATIONS").pk), at=MONDAY)


def submitted(world: World) -> tuple[ManualJournal, UUID]:
    journal = a_draft(world)
    assert journal.drafted_by_id is not None
    return journal, submit_journal(journal_id=journal.pk, actor=Actor("PERSON", journal.drafted_by_id), at=MONDAY)


def test_nobody_posts_a_journal_that_others_have_not_approved(world: World) -> None:
    submitted(world)
    posts = f"UPDATE {JOURNAL} SET status = 'POSTED', posted_at = now()"
    assert refusing_fact(posts, role=APP) == "posted_journal_was_approved"
    # Not with an approval of something else either.
    other, approval_id = submitted(world)
    approve(approval_id)
    borrowed = f"{posts}, approval_id = '{approval_id}' WHERE status = 'SUBMITTED'"
    assert refusing_fact(borrowed, role=APP) == "posted_journal_was_approved"
    other.refresh_from_db()
    assert other.status == "POSTED"


def test_nobody_posts_what_they_approved_themselves(world: World) -> None:
    """Whoever names the approver as the author afterwards is refused: who wrote it stays who wrote it."""
    journal, approval_id = submitted(world)
    approve(approval_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT approvers[1] FROM accounts_approvalrequest WHERE id = %s", [approval_id])
        approver = cursor.fetchone()[0]
    again = clone(
        JOURNAL,
        where=f"id = '{journal.pk}'",
        status="'DRAFT'",
        posted_at="NULL",
        submitted_at="NULL",
        approval_id="NULL",
        value="NULL",
        drafted_by_id=f"'{approver}'",
    )
    with connection.cursor() as cursor:
        cursor.execute(again)
        cursor.execute(
            f"UPDATE {JOURNAL} SET status = 'SUBMITTED', submitted_at = now(), value = 1, approval_id = '{approval_id}',"
            f" submitted_by_id = '{approver}' WHERE status = 'DRAFT'"
        )
    posts = f"UPDATE {JOURNAL} SET status = 'POSTED', posted_at = now() WHERE status = 'SUBMITTED'"
    assert refusing_fact(posts, role=APP) == "posted_journal_was_approved"
    assert refusing_fact(f"UPDATE {JOURNAL} SET drafted_by_id = NULL", role=APP) == "journal_is_kept_key"


@pytest.mark.parametrize("status", ["POSTED", "REVERSED", "REJECTED", "MOOD"])
def test_a_journal_goes_step_by_step(world: World, status: str) -> None:
    a_draft(world)
    moves = f"UPDATE {JOURNAL} SET status = '{status}'"
    assert refusing_fact(moves, role=APP) == "journal_moves_forward"
    assert refusing_fact(clone(JOURNAL, status=f"'{status}'"), role=APP) == "journal_moves_forward"


def test_what_others_see_is_not_added_to(world: World) -> None:
    submitted(world)
    assert refusing_fact(clone(LINE, number="2"), role=APP) == "journal_line_is_drafted"
    assert refusing_fact(f"UPDATE {LINE} SET amount = 2", role=APP).startswith("42501")
    assert refusing_fact(f"UPDATE {LINE} SET amount = 2") == "journal_line_is_append_only"
    assert refusing_fact(f"DELETE FROM {LINE}") == "journal_line_is_append_only"
    for change in ("reason = 'x'", "category = 'SWEEP'", "attachments = '[1]'"):
        assert refusing_fact(f"UPDATE {JOURNAL} SET {change}", role=APP) == "journal_is_kept_key"


def test_a_line_is_of_one_asset(world: World) -> None:
    a_draft(world)
    btc = f"'{world.omnibus['BTC']}'"
    assert refusing_fact(clone(LINE, number="2", destination_id=btc)) == "journal_line_destination_is_in_its_asset"
    assert refusing_fact(clone(LINE, number="2", source_id=btc)) == "journal_line_source_is_in_its_asset"


def transfer(world: World, amount: str) -> UUID:
    profiles = [
        LedgerAccount.objects.values_list("profile_id", flat=True).get(kind="CLIENT", name__startswith=name)
        for name in ("Alder", "Birch")
    ]
    wish = TransferWish(profiles[0], profiles[1], "USD", Decimal(amount), f"T-{amount}")
    actor = Actor("PERSON", a_person("Olive", "OPERATIONS").pk)
    return start_transfers(wishes=[wish], actor=actor, at=MONDAY).transfers[0].pk


def test_a_transfer_that_waits_is_not_executed_by_hand(world: World) -> None:
    transfer(world, "5000")
    assert refusing_fact(f"UPDATE {TRANSFER} SET status = 'EXECUTED', executed_at = now()", role=APP) == (
        "executed_transfer_was_approved"
    )
    assert refusing_fact(f"UPDATE {TRANSFER} SET status = 'REVERSED'", role=APP) == "transfer_moves_forward"
    insert = clone(TRANSFER, status="'REJECTED'", client_reference="'x'")
    assert refusing_fact(insert, role=APP) == "transfer_moves_forward"


def test_what_a_transfer_says_stays(world: World) -> None:
    transfer(world, "5")
    for change in ("amount = 6", "to_profile_id = from_profile_id", "client_reference = 'x'", "batch_id = id"):
        assert refusing_fact(f"UPDATE {TRANSFER} SET {change}", role=APP) == "transfer_is_kept_key"
    assert refusing_fact(f"UPDATE {TRANSFER} SET status = 'AWAITING_APPROVAL'", role=APP) == "transfer_moves_forward"
    assert refusing_fact(f"DELETE FROM {TRANSFER}") == "transfer_is_kept"


def test_an_entry_is_taken_back_once_also_in_another_month(world: World) -> None:
    transfer(world, "5")
    entry = "(SELECT id FROM settlement_entry WHERE kind = 'INTERNAL_TRANSFER')"
    reversal = clone(
        "settlement_entry",
        where="kind = 'INTERNAL_TRANSFER'",
        kind="'REVERSAL'",
        corrects_id=entry,
        source_id="gen_random_uuid()",
    )
    with connection.cursor() as cursor:
        cursor.execute(reversal)
    later = clone(
        "settlement_entry",
        where="kind = 'INTERNAL_TRANSFER'",
        id="core_first_id_at((now() + interval '40 days')::timestamp)",
        kind="'REVERSAL'",
        corrects_id=entry,
        source_id="gen_random_uuid()",
    )
    assert refusing_fact(later, role=APP) == "entry_is_reversed_once"
    assert refusing_fact("DELETE FROM settlement_entryreversal") == "entry_reversal_is_append_only"
