"""Postings that people write: drafted by one, approved by others, posted as one entry, and taken back by a further one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.domain.approving import Tier
from accounts.models import ApprovalRequest
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.change_policy import PolicyTerms, change_policy
from accounts.operations.expire_approvals import expire_approvals
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import SYSTEM, Actor
from core.queries.verifying import verify_all
from settlement.models import Entry, JournalLine, LedgerAccount, ManualJournal, Posting
from settlement.operations.draft_journal import Attachment, JournalTerms, LineTerms, draft_journal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.open_suspense_account import open_suspense_account
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.submit_journal import cancel_journal, submit_journal
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve, decide
from tests.world import MONDAY, Client, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def alder(world: World) -> Client:
    return world.client("Alder", USD="50000.00", BTC="2")


@pytest.fixture
def house_account(world: World, alder: Client) -> UUID:
    """The firm's own dollars: 20,000, given by a journal."""
    key = open_firm_account(
        kind="HOUSE", asset_id=world.usd.pk, asset_code="USD", label="", name="The firm's own", at=MONDAY
    )
    post(draft(maker(), LineTerms(world.omnibus["USD"], key, Decimal(20000))))
    return key


def maker() -> Actor:
    return Actor("PERSON", a_person("Olive Operator", "OPERATIONS").pk)


def draft(actor: Actor, *lines: LineTerms, **changes: Any) -> ManualJournal:
    terms = {"category": "BANK_CHARGE", "reason": "Wire charge of 2 March.", "lines": lines} | changes
    return draft_journal(terms=JournalTerms(**terms), actor=actor, at=MONDAY)


def submit(journal: ManualJournal, actor: Actor | None = None) -> UUID:
    asker = actor or Actor(journal.drafted_by_kind, journal.drafted_by_id)
    return submit_journal(journal_id=journal.pk, actor=asker, at=MONDAY)


def post(journal: ManualJournal) -> ManualJournal:
    approve(submit(journal))
    journal.refresh_from_db()
    return journal


def client_account(client: Client, code: str = "USD") -> UUID:
    return LedgerAccount.objects.values_list("pk", flat=True).get(profile_id=client.profile_id, asset__code=code)


def balance(account_id: UUID) -> Decimal:
    return LedgerAccount.objects.values_list("balance", flat=True).get(pk=account_id)


def refused(code: str, work: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code
    return caught.value


def all_holds() -> None:
    wanted = {"V1", "V2", "V3", "V5", "V6", "V7", "V9", "V26"}
    verdicts = verify_all([each for each in INVARIANTS if each.number in wanted], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []


def test_the_bank_charge_of_the_worked_day(world: World, house_account: UUID) -> None:
    actor = maker()
    journal = draft(actor, LineTerms(house_account, world.omnibus["USD"], Decimal("12.00")))
    assert (journal.status, balance(house_account)) == ("DRAFT", Decimal(20000))
    approval_id = submit(journal)
    journal.refresh_from_db()
    assert (journal.status, journal.value, balance(house_account)) == ("SUBMITTED", Decimal(12), Decimal(20000))
    request = ApprovalRequest.objects.get(pk=approval_id)
    assert (request.approvals_required, request.permission) == (1, "journal.approve")
    assert request.description["changes"][0][2] == "12 USD: HOUSE:USD → OMNIBUS:MAIN:USD"
    approve(approval_id)
    journal.refresh_from_db()
    assert (journal.status, balance(house_account)) == ("POSTED", Decimal(19988))
    entry = Entry.objects.get(source_id=journal.pk)
    assert (entry.kind, entry.narrative) == ("MANUAL_JOURNAL", "BANK_CHARGE: Wire charge of 2 March.")
    all_holds()


def test_from_ten_thousand_it_takes_two(world: World, house_account: UUID, alder: Client) -> None:
    journal = draft(
        maker(),
        LineTerms(house_account, client_account(alder), Decimal("9999.99")),
        LineTerms(house_account, client_account(alder), Decimal("0.01")),
        category="COMPENSATION",
    )
    approval_id = submit(journal)
    assert ApprovalRequest.objects.get(pk=approval_id).approvals_required == 2
    decide(approval_id, a_person_with("journal.approve"))
    journal.refresh_from_db()
    assert journal.status == "SUBMITTED"
    decide(approval_id, a_person_with("journal.approve", "Tom Third"))
    journal.refresh_from_db()
    assert (journal.status, balance(client_account(alder))) == ("POSTED", Decimal(60000))
    all_holds()


def test_nobody_approves_what_they_wrote(world: World, house_account: UUID) -> None:
    both = a_person("Bo Both", ("OPERATIONS", "TREASURER"))
    journal = draft(Actor("PERSON", both.pk), LineTerms(house_account, world.omnibus["USD"], Decimal(1)))
    approval_id = submit(journal)
    refused("APPROVER_IS_REQUESTER", lambda: decide(approval_id, both))
    # Nor does it help to have another one submit it.
    other = draft(Actor("PERSON", both.pk), LineTerms(house_account, world.omnibus["USD"], Decimal(1)))
    asked = submit(other, maker())
    assert decide(asked, both).outcome_code == "APPROVER_IS_REQUESTER"
    other.refresh_from_db()
    assert (other.status, other.reason_code) == ("REJECTED", "APPROVER_IS_REQUESTER")
    all_holds()


def test_whatever_the_policy_a_journal_takes_another_person(world: World, house_account: UUID) -> None:
    journal = draft(maker(), LineTerms(house_account, world.omnibus["USD"], Decimal(1)))
    free = PolicyTerms(
        tiers=(Tier(Decimal(0), 0, "journal.approve"),),
        expires_after_hours=24,
        needs_reauthentication=True,
        daily_limit=None,
    )
    approve(change_policy(action="MANUAL_JOURNAL", terms=free, reason="Tests", actor=SYSTEM, at=MONDAY).approval_id)
    refused("APPROVAL_NEEDED", lambda: submit(journal))
    journal.refresh_from_db()
    assert journal.status == "DRAFT"


def test_it_is_taken_back_by_a_further_one_once(world: World, house_account: UUID, alder: Client) -> None:
    account = client_account(alder)
    journal = post(draft(maker(), LineTerms(house_account, account, Decimal(100)), category="COMPENSATION"))
    mirror = reverse_journal(journal_id=journal.pk, reason="Twice.", actor=maker(), at=MONDAY)
    assert (mirror.status, mirror.reverses_id, mirror.category) == ("SUBMITTED", journal.pk, "COMPENSATION")
    refused(
        "STATE_CHANGED",
        lambda: reverse_journal(journal_id=journal.pk, reason="Twice.", actor=maker(), at=MONDAY),
    )
    approve(mirror.approval_id)
    journal.refresh_from_db()
    mirror.refresh_from_db()
    assert (journal.status, mirror.status, balance(account)) == ("REVERSED", "POSTED", Decimal(50000))
    entry = Entry.objects.get(source_id=mirror.pk)
    assert (entry.kind, entry.corrects.source_id) == ("REVERSAL", journal.pk)
    for key in (journal.pk, mirror.pk):
        refused("STATE_CHANGED", lambda key=key: reverse_journal(journal_id=key, reason="x", actor=maker(), at=MONDAY))
    all_holds()


def test_a_reversal_that_was_rejected_may_be_asked_again(world: World, house_account: UUID, alder: Client) -> None:
    account = client_account(alder)
    journal = post(draft(maker(), LineTerms(house_account, account, Decimal(100))))
    mirror = reverse_journal(journal_id=journal.pk, reason="Twice.", actor=maker(), at=MONDAY)
    assert mirror.approval_id is not None
    decide(mirror.approval_id, a_person_with("journal.approve"), "REJECT", note="It was not.")
    mirror.refresh_from_db()
    assert mirror.status == "REJECTED"
    assert reverse_journal(journal_id=journal.pk, reason="It was.", actor=maker(), at=MONDAY).status == "SUBMITTED"
    refused("REASON_MISSING", lambda: reverse_journal(journal_id=journal.pk, reason=" ", actor=maker(), at=MONDAY))


def test_who_has_not_enough_is_not_left_with_less(world: World, house_account: UUID, alder: Client) -> None:
    account = client_account(alder)
    too_much = draft(maker(), LineTerms(account, house_account, Decimal("50000.01")), category="CORRECTION")
    shown = refused("INSUFFICIENT_AVAILABLE", lambda: submit(too_much))
    assert shown.meta == {"available": "50000", "needed": "50000.01"}
    # Covered when it was submitted, short when it is posted.
    first = draft(maker(), LineTerms(account, house_account, Decimal(40000)), category="CORRECTION")
    second = draft(maker(), LineTerms(account, house_account, Decimal(40000)), category="CORRECTION")
    asked = [submit(first), submit(second)]
    approve(asked[0])
    assert approve(asked[1]).outcome_code == "INSUFFICIENT_AVAILABLE"
    second.refresh_from_db()
    assert (second.status, second.reason_code, balance(account)) == (
        "REJECTED",
        "INSUFFICIENT_AVAILABLE",
        Decimal(10000),
    )
    all_holds()


def test_an_omnibus_account_has_no_more_than_nothing(world: World, alder: Client) -> None:
    other = open_firm_account(
        kind="OMNIBUS", asset_id=world.usd.pk, asset_code="USD", label="OTHER", name="Another bank", at=MONDAY
    )
    sweep = draft(maker(), LineTerms(other, world.omnibus["USD"], Decimal(50000)), category="SWEEP")
    post(sweep)
    assert (balance(other), balance(world.omnibus["USD"])) == (Decimal(-50000), Decimal(0))
    more = draft(maker(), LineTerms(other, world.omnibus["USD"], Decimal(1)), category="SWEEP")
    refused("INSUFFICIENT_AVAILABLE", lambda: submit(more))
    all_holds()


def test_what_makes_no_sense_is_no_draft(world: World, house_account: UUID, alder: Client) -> None:
    omnibus, usd, btc = world.omnibus["USD"], client_account(alder), client_account(alder, "BTC")
    suspense = open_suspense_account(asset=world.usd, actor=maker(), at=MONDAY)
    good = LineTerms(house_account, omnibus, Decimal(1))
    cases = {
        "REASON_MISSING": {"reason": "  "},
        "REQUEST_INVALID": {"category": "MOOD"},
        "ATTACHMENT_INVALID": {"attachments": [Attachment("abc")]},
    }
    for code, change in cases.items():
        refused(code, lambda change=change: draft(maker(), **({"lines": [good]} | change)))
    lines = {
        "JOURNAL_LINES_INVALID": [LineTerms(omnibus, omnibus, Decimal(1))],
        "ASSETS_DIFFER": [LineTerms(usd, btc, Decimal(1))],
        "ACCOUNT_GUARDED": [LineTerms(suspense, house_account, Decimal(1))],
        "AMOUNT_BELOW_MINIMUM": [LineTerms(house_account, omnibus, Decimal("NaN"))],
        "SCALE_EXCEEDED": [LineTerms(house_account, omnibus, Decimal("0.0000001"))],
    }
    for code, said in lines.items():
        refused(code, lambda said=said: draft(maker(), *said))
    refused("JOURNAL_LINES_INVALID", lambda: draft(maker()))
    refused("JOURNAL_LINES_INVALID", lambda: draft(maker(), *[good] * 101))
    refused("ATTACHMENT_INVALID", lambda: draft(maker(), good, attachments=[Attachment("a" * 64)] * 2))
    with pytest.raises(NotFound):
        draft(maker(), LineTerms(uuid4(), omnibus, Decimal(1)))
    LedgerAccount.objects.filter(pk=house_account).update(status="CLOSED")
    refused("ACCOUNT_CLOSED", lambda: draft(maker(), good))
    LedgerAccount.objects.filter(pk=house_account).update(status="OPEN")
    journal = draft(maker(), good)
    LedgerAccount.objects.filter(pk=house_account).update(status="CLOSED")
    refused("ACCOUNT_CLOSED", lambda: submit(journal))


def test_without_a_price_nobody_knows_how_many_must_look(world: World, alder: Client) -> None:
    own = open_firm_account(kind="HOUSE", asset_id=world.btc.pk, asset_code="BTC", label="", name="Own", at=MONDAY)
    journal = draft(maker(), LineTerms(client_account(alder, "BTC"), own, Decimal("0.1")))
    refused("PRICE_MISSING", lambda: submit(journal))


def test_a_draft_is_dropped_and_a_submitted_one_taken_back(world: World, house_account: UUID) -> None:
    actor = maker()
    line = LineTerms(house_account, world.omnibus["USD"], Decimal(1))
    dropped, taken, late = draft(actor, line), draft(actor, line), draft(actor, line)
    cancel_journal(journal_id=dropped.pk, actor=actor, at=MONDAY)
    cancel_approval(approval_id=submit(taken), actor=actor, at=MONDAY)
    submit(late)
    refused("STATE_CHANGED", lambda: cancel_journal(journal_id=late.pk, actor=actor, at=MONDAY))
    refused("STATE_CHANGED", lambda: submit(late))
    expire_approvals(at=MONDAY + timedelta(days=2))
    said = []
    for journal in (dropped, taken, late):
        journal.refresh_from_db()
        said.append((journal.status, journal.reason_code))
    assert said == [("CANCELLED", ""), ("CANCELLED", ""), ("CANCELLED", "APPROVAL_EXPIRED")]
    with pytest.raises(NotFound):
        submit_journal(journal_id=uuid4(), actor=actor, at=MONDAY)
    all_holds()


def test_lines_are_posted_in_their_order(world: World, house_account: UUID, alder: Client) -> None:
    account = client_account(alder)
    journal = post(
        draft(
            maker(),
            LineTerms(house_account, account, Decimal(3)),
            LineTerms(account, world.omnibus["USD"], Decimal(2)),
            attachments=[Attachment("b" * 64, "advice.pdf")],
        )
    )
    posted = Posting.objects.filter(entry__source_id=journal.pk).order_by("id").values_list("amount", flat=True)
    assert list(posted) == [Decimal(3), Decimal(2)]
    assert [line.number for line in JournalLine.objects.filter(journal=journal).order_by("number")] == [1, 2]
    assert ApprovalRequest.objects.get(pk=journal.approval_id).payload["attachments"] == ["b" * 64]
    all_holds()
