"""What was in the books and is gone outside: an alarm, never a silent undoing; taken back by people, once, or covered first."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from accounts.models import ApprovalRequest
from core.domain.refusals import Refusal
from core.models import OutboxMessage
from core.operations.record_audit import Actor
from settlement.gateways.arrivals import ArrivalStatus
from settlement.models import Deposit, Entry, LedgerAccount
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.complete_return import complete_return
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.receive_deposit import receive_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from settlement.queries.deposit_queue import count_queue
from settlement.queries.deposits import list_recalled_deposits
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.deposits.arriving import OFFICER, REASON, Arriving, all_holds, attribute, kinds
from tests.world import Client

pytestmark = pytest.mark.django_db


def asker() -> Actor:
    return Actor("PERSON", a_person("Olive Asks", "OPERATIONS").pk)


def credited(arriving: Arriving) -> tuple[Client, Deposit]:
    client = arriving.world.client("Alder")
    arriving.pay(arriving.address(client, arriving.wire))
    arriving.sweep()
    return client, arriving.deposit("WIRE-1")


def recalled(arriving: Arriving) -> tuple[Client, Deposit]:
    client, _ = credited(arriving)
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    return client, arriving.deposit("WIRE-1")


def test_it_stays_the_clients_and_everybody_sees_that_it_is_gone(arriving: Arriving) -> None:
    credited(arriving)
    arriving.bank.recall("WIRE-1", at=arriving.at)
    with capture_logs() as logs:
        arriving.sweep()
    assert [each["log_level"] for each in logs if "gone" in each["event"]] == ["error"]
    deposit = arriving.deposit("WIRE-1")
    assert (deposit.status, deposit.recalled_at) == ("CREDITED", arriving.at)
    assert arriving.balances("USD")["CLIENT"] == 250
    assert list(list_recalled_deposits()) == [deposit]
    # The house hears of it; its client is not warned.
    message = OutboxMessage.objects.get(topic="settlement.deposit.recalled")
    assert message.entity_id is None
    # The ledger says what the bank does not: a break, until somebody has decided.
    assert arriving.difference("USD") == -250
    all_holds()
    arriving.bank.repeat("WIRE-1")
    arriving.sweep()
    assert arriving.deposit("WIRE-1").version == deposit.version


def test_others_approve_that_it_is_taken_back_and_the_books_tie_again(arriving: Arriving) -> None:
    client, deposit = recalled(arriving)
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    assert arriving.deposit("WIRE-1").status == "CREDITED"
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_PENDING"):
        reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    approve(outcome.approval_id)
    deposit = arriving.deposit("WIRE-1")
    assert (deposit.status, deposit.approval_id) == ("REVERSED", outcome.approval_id)
    assert kinds(deposit) == ["DEPOSIT", "DEPOSIT_REVERSED"]
    assert Entry.objects.get(kind="DEPOSIT_REVERSED").corrects == Entry.objects.get(kind="DEPOSIT")
    assert arriving.world.balance(client, "USD") == (0, 0)
    assert arriving.difference("USD") == 0
    assert not list_recalled_deposits().exists()
    all_holds()
    with pytest.raises(Refusal, match="STATE_CHANGED"):
        reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)


def test_a_released_one_is_taken_back_over_both_its_entries(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    deposit = arriving.arrive("sim1qnobody")
    attribute(deposit, client, at=arriving.at)
    arriving.price("60000")
    arriving.chain.drop("TX-1:0", at=arriving.at)
    arriving.sweep()
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    approve(outcome.approval_id)
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED", "DEPOSIT_REVERSED"]
    assert arriving.balances() == {"CLIENT": 0, "SUSPENSE": 0, "OMNIBUS": 0}
    assert arriving.difference() == 0
    all_holds()


def test_who_has_spent_it_is_covered_first(arriving: Arriving) -> None:
    client, deposit = recalled(arriving)
    other = arriving.world.client("Birch", USD="1000.00")
    spend = TransferWish(client.profile_id, other.profile_id, "USD", Decimal(200), "T-1")
    start_transfers(wishes=[spend], actor=OFFICER, at=arriving.at)
    for request in ApprovalRequest.objects.filter(status="PENDING"):
        approve(request.pk)
    assert arriving.world.balance(client, "USD")[0] == 50
    with pytest.raises(Refusal) as caught:
        reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert (caught.value.code, caught.value.meta) == ("INSUFFICIENT_AVAILABLE", {"available": "50", "needed": "250"})

    cover(arriving, client, other)
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    approve(outcome.approval_id)
    assert arriving.deposit("WIRE-1").status == "REVERSED"
    assert arriving.world.balance(client, "USD") == (0, 0)
    all_holds()


def cover(arriving: Arriving, client: Client, payer: Client) -> None:
    """A COVER journal of 200.00; here another account stands for the house's own."""
    source = LedgerAccount.objects.get(profile_id=payer.profile_id, asset__code="USD")
    destination = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code="USD")
    lines = [LineTerms(source.pk, destination.pk, Decimal(200))]
    actor = asker()
    journal = draft_journal(terms=JournalTerms("COVER", REASON, lines), actor=actor, at=arriving.at)
    approve(submit_journal(journal_id=journal.pk, actor=actor, at=arriving.at))


def test_short_when_it_is_approved_nothing_moves_and_the_request_has_failed(arriving: Arriving) -> None:
    client, deposit = recalled(arriving)
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    LedgerAccount.objects.filter(profile_id=client.profile_id, asset__code="USD").update(held=100)
    approve(outcome.approval_id)
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (request.status, request.outcome_code) == ("FAILED", "INSUFFICIENT_AVAILABLE")
    assert arriving.deposit("WIRE-1").status == "CREDITED"
    assert kinds(deposit) == ["DEPOSIT"]


def test_under_review_and_gone_it_is_released_to_nobody_and_goes_back(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.pay("nobody")
    arriving.sweep()
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    told = {"deposit_id": deposit.pk, "reason": REASON, "actor": OFFICER, "at": arriving.at}
    with pytest.raises(Refusal, match="DEPOSIT_RECALLED"):
        attribute_deposit(profile_id=client.profile_id, **told)
    with pytest.raises(Refusal, match="DEPOSIT_RECALLED"):
        release_deposit(**told)
    return_deposit(**told)
    complete_return(deposit_id=deposit.pk, return_reference=deposit.recall_reference, actor=OFFICER, at=arriving.at)
    assert arriving.deposit("WIRE-1").status == "RETURNED"
    assert arriving.difference("USD") == 0
    all_holds()


def say_again(arriving: Arriving, **terms: Any) -> Deposit:
    """The newest line of WIRE-1 that was booked, once more, with ``terms``."""
    lines = arriving.bank.list_notices(after=0, limit=100)
    booked = [each.arrival for each in lines if each.arrival.status == ArrivalStatus.FINAL][-1]
    receive_deposit(arrival=replace(booked, **terms), at=arriving.at)
    return arriving.deposit("WIRE-1")


def test_hearsay_takes_no_recall_away_but_a_new_booking_does(arriving: Arriving) -> None:
    recalled(arriving)
    arriving.at += timedelta(hours=1)
    for terms in ({"status": ArrivalStatus.SEEN, "booked_at": None}, {}, {"booked_at": None}):
        assert say_again(arriving, **terms).recalled_at is not None
    deposit = say_again(arriving, booked_at=arriving.at)
    assert (deposit.recalled_at, deposit.recall_reference) == (None, "")
    all_holds()


def test_restored_meanwhile_it_is_not_taken_back(arriving: Arriving) -> None:
    _, deposit = recalled(arriving)
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    say_again(arriving, booked_at=arriving.at + timedelta(hours=1))
    approve(outcome.approval_id)
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (request.status, request.outcome_code) == ("FAILED", "STATE_CHANGED")
    assert arriving.deposit("WIRE-1").status == "CREDITED"


def test_what_was_sent_back_and_is_gone_as_well_stays_before_everybodys_eyes(arriving: Arriving) -> None:
    arriving.pay("nobody")
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    told = {"deposit_id": deposit.pk, "actor": OFFICER, "at": arriving.at}
    return_deposit(reason=REASON, **told)
    complete_return(return_reference="OUR-1", **told)
    assert not list_recalled_deposits().exists()
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    assert list(list_recalled_deposits()) == [deposit]
    assert count_queue().recalled == 1


def test_what_is_gone_already_is_not_sent_back_by_another_payment(arriving: Arriving) -> None:
    arriving.pay("nobody")
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    told = {"deposit_id": deposit.pk, "actor": OFFICER, "at": arriving.at}
    return_deposit(reason=REASON, **told)
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    with pytest.raises(Refusal, match="DEPOSIT_RECALLED"):
        complete_return(return_reference="OUR-1", **told)
    complete_return(return_reference=arriving.deposit("WIRE-1").recall_reference, **told)
    assert not list_recalled_deposits().exists()
    all_holds()


def test_a_reversal_says_why_and_is_of_what_is_the_clients(arriving: Arriving) -> None:
    _, deposit = credited(arriving)
    with pytest.raises(Refusal, match="REASON_MISSING"):
        reverse_deposit(deposit_id=deposit.pk, reason=" ", actor=asker(), at=arriving.at)
    arriving.pay("nobody", reference="WIRE-2")
    arriving.sweep()
    with pytest.raises(Refusal, match="STATE_CHANGED"):
        reverse_deposit(deposit_id=arriving.deposit("WIRE-2").pk, reason=REASON, actor=asker(), at=arriving.at)


def test_what_has_no_price_is_asked_back_all_the_same_of_as_many_as_anything(arriving: Arriving) -> None:
    """A recall does not wait for somebody to enter a price: what cannot be measured is never taken for little."""
    client = arriving.world.client("Alder")
    arriving.arrive(arriving.address(client))
    arriving.chain.drop("TX-1:0", at=arriving.at)
    arriving.sweep()
    deposit = arriving.deposit()
    outcome = reverse_deposit(deposit_id=deposit.pk, reason=REASON, actor=asker(), at=arriving.at)
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (request.value, request.approvals_required) == (None, 2)
    approve(outcome.approval_id)
    assert arriving.deposit().status == "REVERSED"
