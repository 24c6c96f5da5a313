"""Many at the same moment, all about the same accounts: each wish happens once or not at all, and nobody waits in a circle."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Entry, InternalTransfer, ManualJournal, Withdrawal
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.send_withdrawal import ask_withdrawal, send_withdrawal
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.crowd import at_once
from tests.four_eyes import approve, decide
from tests.settlement.machine.adding_up import all_adds_up, every_invariant_holds
from tests.settlement.machine.moving import Moving, a_house_with_money

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(tmp_path: Path) -> Moving:
    return a_house_with_money(tmp_path)


def code_of(work: object, *given: object) -> str:
    assert callable(work)
    try:
        work(*given)
    except Refusal as refused:
        return refused.code
    return "DONE"


def test_batches_against_each_other_happen_whole_or_not_at_all(house: Moving) -> None:
    """Six legs from here to there and back, from both ends: who is short of one of them has none of them."""
    alder, birch = house.owners[0].profiles, house.owners[1].profiles

    def work(number: int) -> str:
        one, other = (alder, birch) if number % 2 else (birch, alder)
        legs = [(one[0], one[1], "700"), (one[1], other[1], "300"), (one[0], other[0], "450"), (one[1], one[0], "50")]
        wishes = [
            TransferWish(source, destination, "USD", Decimal(amount), f"T-{number}-{place}")
            for place, (source, destination, amount) in enumerate(legs)
        ]
        return code_of(lambda: start_transfers(wishes=wishes, actor=SYSTEM, at=house.paying.at))

    outcomes = at_once(work, range(40))
    assert set(outcomes) <= {"DONE", "INSUFFICIENT_AVAILABLE"}
    assert outcomes.count("DONE") > 4
    assert InternalTransfer.objects.filter(status="EXECUTED").count() == 4 * outcomes.count("DONE")
    assert Entry.objects.filter(kind="INTERNAL_TRANSFER").count() == 4 * outcomes.count("DONE")
    all_adds_up()
    every_invariant_holds()


def test_one_batch_from_everywhere_is_one_batch(house: Moving) -> None:
    profiles = house.owners[0].profiles
    wishes = [TransferWish(profiles[0], profiles[1], "USD", Decimal(10), f"T-{place}") for place in range(5)]
    started = at_once(lambda _: start_transfers(wishes=wishes, actor=SYSTEM, at=house.paying.at), range(24))
    assert len({tuple(each.pk for each in one.transfers) for one in started}) == 1
    assert [one.is_replay for one in started].count(False) == 1
    assert Entry.objects.filter(kind="INTERNAL_TRANSFER").count() == 5
    all_adds_up()


def test_a_transfer_is_taken_back_once(house: Moving) -> None:
    (source, _), (destination, _) = house.owners[0].profiles, house.owners[1].profiles
    wish = TransferWish(source, destination, "USD", Decimal(100), "T-1")
    (sent,) = start_transfers(wishes=[wish], actor=SYSTEM, at=house.paying.at).transfers
    told = {"transfer_id": sent.pk, "reason": "Tests", "actor": SYSTEM, "at": house.paying.at}
    outcomes = at_once(lambda _: code_of(lambda: reverse_transfer(**told)), range(16))
    assert sorted(outcomes) == ["DONE"] + ["STATE_CHANGED"] * 15
    assert Entry.objects.filter(kind="REVERSAL").count() == 1
    every_invariant_holds()


def a_journal(house: Moving, amount: str) -> tuple[ManualJournal, object]:
    maker = Actor("PERSON", house.people[1].pk)
    lines = [LineTerms(house.house, house.world.omnibus["USD"], Decimal(amount))]
    journal = draft_journal(terms=JournalTerms("BANK_CHARGE", "Tests", lines), actor=maker, at=house.paying.at)
    return journal, submit_journal(journal_id=journal.pk, actor=maker, at=house.paying.at)


def test_of_journals_that_are_all_covered_alone_only_so_many_are_posted(house: Moving) -> None:
    """Twelve of 900.00 are approved at once; the firm has 5,000.00 of its own."""
    asked = [a_journal(house, "900.00") for _ in range(12)]
    decided = at_once(lambda each: decide(each[1], house.people[0], at=house.paying.at), asked)
    assert sorted(each.status for each in decided) == ["EXECUTED"] * 5 + ["FAILED"] * 7
    assert {each.outcome_code for each in decided} == {"", "INSUFFICIENT_AVAILABLE"}
    assert Entry.objects.filter(kind="MANUAL_JOURNAL").count() == 1 + 5
    all_adds_up()
    every_invariant_holds()


def test_a_journal_is_posted_once_and_taken_back_once(house: Moving) -> None:
    journal, approval_id = a_journal(house, "12.00")
    people = [house.people[0], house.people[2]]
    outcomes = at_once(lambda n: code_of(lambda: decide(approval_id, people[n % 2], at=house.paying.at)), range(16))
    assert sorted(outcomes) == ["APPROVAL_ALREADY_DECIDED"] * 15 + ["DONE"]
    maker = Actor("PERSON", house.people[1].pk)
    told = {"journal_id": journal.pk, "reason": "Tests", "actor": maker, "at": house.paying.at}
    outcomes = at_once(lambda _: code_of(lambda: reverse_journal(**told)), range(16))
    assert sorted(outcomes) == ["DONE"] + ["STATE_CHANGED"] * 15
    approve(ManualJournal.objects.get(reverses=journal).approval_id, people[:1])
    assert Entry.objects.filter(kind="REVERSAL").count() == 1
    every_invariant_holds()


def test_who_is_paid_out_and_who_is_paid_in_never_wait_in_a_circle(house: Moving) -> None:
    """A payment takes from a client and the bank, a deposit takes from the bank and gives to the client: in one order, all."""
    withdrawals = [house.paying.ask(house.owners[n % 2].client, "30.00", f"W-{n}") for n in range(24)]
    for each in withdrawals:
        record_screening(withdrawal_id=each.pk, screened=Screened(True), at=house.paying.at)
    told = {"gateways": house.gateways, "at": house.paying.at}

    def work(number: int) -> None:
        if number % 2:
            house.world.deposit(house.owners[number // 2 % 2].client, "USD", "5.00", f"IN-{number}")
        else:
            key = withdrawals[number // 2].pk
            send_withdrawal(withdrawal_id=key, **told)
            ask_withdrawal(withdrawal_id=key, **told)

    at_once(work, range(48))
    assert set(Withdrawal.objects.values_list("status", flat=True)) == {"COMPLETED"}
    assert Entry.objects.filter(kind="WITHDRAWAL").count() == 24
    all_adds_up()
