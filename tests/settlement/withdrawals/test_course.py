"""What becomes of a withdrawal: screened, approved, sent, paid; or stopped on the way, and the hold is given back once."""

from datetime import timedelta

import pytest

from accounts.models import ApprovalRequest
from accounts.operations.expire_approvals import expire_approvals
from accounts.queries.approval_invariants import INVARIANTS
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from settlement.gateways.payout import Answer, Fate, GatewayMissing, Payment
from settlement.gateways.payout_simulator import PayoutSimulator
from settlement.models import Entry, LedgerAccount, ReconciliationRun, Withdrawal
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.decide_withdrawal import release_withdrawal
from settlement.operations.end_withdrawal import cancel_withdrawal, fail_withdrawal, reject_withdrawal
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.send_withdrawal import retry_withdrawal, send_withdrawal
from tests.four_eyes import a_person_with, approve, decide
from tests.settlement.withdrawals.paying import OFFICER, Paying, all_holds


def fresh(withdrawal: Withdrawal) -> Withdrawal:
    return Withdrawal.objects.get(pk=withdrawal.pk)


def status(withdrawal: Withdrawal) -> str:
    return str(fresh(withdrawal).status)


def refused(code: str, work) -> None:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value


def cancel(paying: Paying, client, withdrawal: Withdrawal) -> None:
    cancel_withdrawal(withdrawal_id=withdrawal.pk, entity_id=client.entity_id, actor=paying.actor(client), at=paying.at)


def test_a_small_one_needs_nobody_and_is_paid(paying: Paying) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00")
    paying.sweep()
    assert status(withdrawal) == "COMPLETED"
    done = fresh(withdrawal)
    assert (done.held, done.attempts, done.outcome_unknown, done.approval_id) == (0, 1, False, None)
    assert done.outside_reference == f"PAY-{done.pk}"
    assert paying.world.balance(client, "USD") == (885, 0)
    assert LedgerAccount.objects.get(kind="FEES", label="WITHDRAWAL").balance == 15
    assert list(Entry.objects.filter(source_id=done.pk).values_list("kind", flat=True)) == ["WITHDRAWAL"]
    all_holds()


def test_the_custodian_agrees_afterwards(paying: Paying) -> None:
    client = paying.client()
    paying.ask(client, "100.00")
    paying.sweep()
    moment = paying.at + timedelta(days=400)
    run = reconcile_omnibus(omnibus_id=paying.world.omnibus["USD"], custodian=paying.custodian, as_of=moment, at=moment)
    found = ReconciliationRun.objects.get(pk=run)
    assert (found.status, found.difference) == ("BALANCED", 0), found.failure


def test_from_a_thousand_one_has_to_approve_and_from_ten_thousand_two(paying: Paying) -> None:
    client = paying.client(usd="50000.00")
    one, two = paying.ask(client, "1000.00"), paying.ask(client, "20000.00", "W-2")
    paying.sweep()
    assert (status(one), fresh(one).approvals_required) == ("AWAITING_APPROVAL", 1)
    assert (status(two), fresh(two).approvals_required) == ("AWAITING_APPROVAL", 2)
    approve(fresh(one).approval_id)
    approval_id = fresh(two).approval_id
    decide(approval_id, a_person_with("withdrawal.approve"))
    paying.sweep()
    assert (status(one), status(two)) == ("COMPLETED", "AWAITING_APPROVAL")
    decide(approval_id, a_person_with("withdrawal.approve"))
    assert (status(two), fresh(two).approvals_given) == ("APPROVED", 2)
    paying.sweep()
    assert status(two) == "COMPLETED"
    all_holds()


def test_while_it_is_asked_for_no_act_claims_the_approval(paying: Paying) -> None:
    withdrawal = paying.ask(paying.client(usd="5000.00"), "1500.00")
    paying.sweep()
    assert status(withdrawal) == "AWAITING_APPROVAL"
    verdicts = verify_all(INVARIANTS, at=now())
    assert [(each.number, each.examples) for each in verdicts if each.count or each.error] == []


def test_one_no_ends_it_and_gives_the_hold_back(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    withdrawal = paying.ask(client, "2000.00")
    paying.sweep()
    decide(fresh(withdrawal).approval_id, a_person_with("withdrawal.approve"), "REJECT", note="Not like this.")
    assert (status(withdrawal), fresh(withdrawal).reason_code) == ("REJECTED", "APPROVAL_REJECTED")
    assert paying.world.balance(client, "USD") == (5000, 0)
    all_holds()


def test_what_nobody_decides_in_time_is_not_paid(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    withdrawal = paying.ask(client, "2000.00")
    paying.sweep()
    expire_approvals(at=paying.at + timedelta(hours=25))
    assert (status(withdrawal), fresh(withdrawal).reason_code) == ("REJECTED", "APPROVAL_EXPIRED")
    assert paying.world.balance(client, "USD") == (5000, 0)


def test_a_freeze_before_the_last_approval_stops_it(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    withdrawal = paying.ask(client, "2000.00")
    paying.sweep()
    paying.control(client, "FROZEN")
    decided = approve(fresh(withdrawal).approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "ACTION_NOT_PERMITTED")
    assert (status(withdrawal), fresh(withdrawal).reason_code) == ("REJECTED", "ACTION_NOT_PERMITTED")
    assert paying.world.balance(client, "USD") == (5000, 0)


def test_a_freeze_after_the_approval_keeps_it_from_being_sent(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    withdrawal = paying.ask(client, "2000.00")
    paying.sweep()
    approve(fresh(withdrawal).approval_id)
    paying.control(client, "FROZEN")
    paying.sweep()
    assert status(withdrawal) == "APPROVED"
    assert not send_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": paying.simulator}, at=paying.at)
    assert fresh(withdrawal).attempts == 0


def test_the_client_takes_it_back_until_it_is_sent(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    new, asked = paying.ask(client, "100.00"), paying.ask(client, "2000.00", "W-2")
    cancel(paying, client, new)
    cancel(paying, client, new)
    paying.sweep()
    approval_id = fresh(asked).approval_id
    cancel(paying, client, asked)
    assert (status(new), status(asked)) == ("CANCELLED", "CANCELLED")
    assert ApprovalRequest.objects.get(pk=approval_id).status == "CANCELLED"
    assert paying.world.balance(client, "USD") == (5000, 0)
    sent = paying.ask(client, "100.00", "W-3")
    paying.sweep()
    refused("WITHDRAWAL_ALREADY_SENT", lambda: cancel(paying, client, sent))
    all_holds()


def test_anothers_withdrawal_is_none(paying: Paying) -> None:
    alder, birch = paying.client("Alder"), paying.client("Birch")
    withdrawal = paying.ask(alder, "100.00")
    with pytest.raises(NotFound):
        cancel(paying, birch, withdrawal)


def test_a_hit_waits_for_compliance_and_silence_releases_nothing(paying: Paying) -> None:
    client = paying.client()
    paying.screener.list_address("CH9300762011623852957")
    withdrawal = paying.ask(client, "100.00")
    paying.sweep()
    paying.sweep(after=timedelta(days=30))
    assert (status(withdrawal), fresh(withdrawal).screening) == ("IN_REVIEW", "HIT")

    def release(actor: Actor, reason: str = "A namesake.") -> None:
        release_withdrawal(withdrawal_id=withdrawal.pk, reason=reason, actor=actor, at=paying.at)

    refused("DECIDER_IS_NO_PERSON", lambda: release(paying.actor(client)))
    refused("REASON_MISSING", lambda: release(OFFICER, " "))
    release(OFFICER)
    assert fresh(withdrawal).reviewed_by == OFFICER.id
    refused("STATE_CHANGED", lambda: release(OFFICER))
    paying.sweep()
    assert status(withdrawal) == "COMPLETED"


def test_under_review_a_clear_screening_is_not_enough(paying: Paying) -> None:
    client = paying.client()
    paying.control(client, "SELL_ONLY")
    withdrawal = paying.ask(client, "100.00")
    refused(
        "SCREENING_PENDING",
        lambda: release_withdrawal(withdrawal_id=withdrawal.pk, reason="Fine.", actor=OFFICER, at=paying.at),
    )
    paying.sweep()
    assert (status(withdrawal), fresh(withdrawal).screening) == ("IN_REVIEW", "CLEAR")
    reject_withdrawal(withdrawal_id=withdrawal.pk, reason="No.", actor=OFFICER, at=paying.at)
    reject_withdrawal(withdrawal_id=withdrawal.pk, reason="No.", actor=OFFICER, at=paying.at)
    assert status(withdrawal) == "REJECTED"
    assert paying.world.balance(client, "USD") == (1000, 0)


def test_what_the_gateway_refuses_is_errored_and_retried_or_given_up(paying: Paying) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00", "sbx:error:1")
    paying.sweep()
    assert (status(withdrawal), fresh(withdrawal).reason_code) == ("ERRORED", "REFUSED_BY_BANK")
    assert paying.world.balance(client, "USD") == (1000, 115)
    retry_withdrawal(withdrawal_id=withdrawal.pk, reason="Again.", actor=OFFICER, at=paying.at)
    paying.sweep()
    assert (status(withdrawal), fresh(withdrawal).attempts) == ("ERRORED", 2)
    fail_withdrawal(withdrawal_id=withdrawal.pk, reason="The account is closed.", actor=OFFICER, at=paying.at)
    fail_withdrawal(withdrawal_id=withdrawal.pk, reason="The account is closed.", actor=OFFICER, at=paying.at)
    assert (status(withdrawal), fresh(withdrawal).reason_code) == ("FAILED", "REFUSED_BY_BANK")
    assert paying.world.balance(client, "USD") == (1000, 0)
    all_holds()


def test_while_nobody_knows_nobody_guesses(paying: Paying) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00", "sbx:unknown:1")
    paying.sweep()
    found = fresh(withdrawal)
    assert (found.status, found.outcome_unknown, found.reason_code) == ("ERRORED", True, "GATEWAY_SILENT")
    arguments = {"withdrawal_id": withdrawal.pk, "reason": "Enough.", "actor": OFFICER, "at": paying.at}
    for act in (retry_withdrawal, fail_withdrawal, reject_withdrawal):
        refused("OUTCOME_UNKNOWN", lambda act=act: act(**arguments))
    refused("WITHDRAWAL_ALREADY_SENT", lambda: cancel(paying, client, withdrawal))
    paying.sweep(after=timedelta(seconds=50))
    assert status(withdrawal) == "ERRORED"
    paying.sweep(after=timedelta(seconds=11))
    assert status(withdrawal) == "COMPLETED"
    assert paying.world.balance(client, "USD") == (885, 0)


def test_a_gateway_that_was_never_told_makes_it_sendable_again(paying: Paying) -> None:
    class Deaf:
        def submit(self, payment: object) -> Answer:
            raise ConnectionRefusedError

        def ask(self, payment_id: object) -> Answer:
            return Answer(Fate.UNKNOWN)

    client = paying.client()
    withdrawal = paying.ask(client, "100.00")
    paying.simulator, simulator = Deaf(), paying.simulator
    paying.sweep()
    paying.sweep(after=timedelta(minutes=2))
    found = fresh(withdrawal)
    assert (found.status, found.outcome_unknown) == ("ERRORED", False)
    paying.simulator = simulator
    retry_withdrawal(withdrawal_id=withdrawal.pk, reason="It is back.", actor=OFFICER, at=paying.at)
    paying.sweep()
    assert (status(withdrawal), fresh(withdrawal).attempts) == ("COMPLETED", 2)


def test_what_the_bank_sends_back_is_the_clients_again_and_the_fee_stays(paying: Paying) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00", "sbx:returned:1")
    paying.sweep()
    assert status(withdrawal) == "COMPLETED"
    paying.sweep(after=timedelta(hours=2))
    paying.sweep(after=timedelta(hours=2))
    assert (status(withdrawal), fresh(withdrawal).return_reference) == ("RETURNED", f"BACK-{withdrawal.pk}")
    assert paying.world.balance(client, "USD") == (985, 0)
    all_holds()


def test_a_rail_without_its_gateway_sends_nothing(paying: Paying) -> None:
    withdrawal = paying.ask(paying.client(), "100.00")
    paying.sweep()
    with pytest.raises(GatewayMissing):
        send_withdrawal(withdrawal_id=withdrawal.pk, gateways={}, at=paying.at)


def test_its_own_asker_does_not_release_it(paying: Paying) -> None:
    client = paying.client()
    paying.screener.list_address("CH9300762011623852957")
    person = Actor("PERSON", new_id())
    paying.actor = lambda _client: person  # type: ignore[method-assign]
    withdrawal = paying.ask(client, "100.00")
    paying.sweep()
    refused(
        "APPROVER_IS_REQUESTER",
        lambda: release_withdrawal(withdrawal_id=withdrawal.pk, reason="Mine.", actor=person, at=paying.at),
    )


def test_nothing_but_an_errored_one_is_retried_past_its_approvers(paying: Paying) -> None:
    client = paying.client(usd="5000.00")
    withdrawal = paying.ask(client, "2000.00")
    for _ in ("IN_REVIEW", "AWAITING_APPROVAL"):
        refused(
            "STATE_CHANGED",
            lambda: retry_withdrawal(withdrawal_id=withdrawal.pk, reason="Go.", actor=OFFICER, at=paying.at),
        )
        paying.sweep()
    assert status(withdrawal) == "AWAITING_APPROVAL"


def test_the_gateway_hears_a_persons_name_and_the_books_do_not(paying: Paying) -> None:
    class Listening(PayoutSimulator):
        heard: Payment

        def submit(self, payment: Payment) -> Answer:
            self.heard = payment
            return super().submit(payment)

    client = paying.client()
    terms = DestinationTerms(
        asset="USD",
        network="WIRE",
        label="Her account",
        address="CH94",
        beneficiary_kind="PERSON",
        beneficiary_country="CH",
        details={"full_name": "Maren Hollister"},
    )
    destination_id = add_destination(
        entity_id=client.entity_id, terms=terms, actor=paying.actor(client), at=paying.at - timedelta(days=1)
    )
    paying.simulator = Listening(paying.simulator.state, paying.custodian)
    withdrawal = paying.ask(client, "100.00", destination_id=destination_id)
    paying.sweep()
    assert status(withdrawal) == "COMPLETED"
    assert paying.simulator.heard.beneficiary == "Maren Hollister"
    assert fresh(withdrawal).destination.beneficiary_name == ""
