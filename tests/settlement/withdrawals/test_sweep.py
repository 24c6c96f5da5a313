"""A sweep among others: who is screened by which name, a gateway that is slow, and one that keeps nobody else back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from accounts.gateways.key_store import installed_keys
from settlement.gateways.payout import Answer, Fate, Payment
from settlement.gateways.payout_simulator import PayoutSimulator
from settlement.gateways.screening import Finding, Subject
from settlement.models import Destination, Withdrawal
from settlement.operations import sweep_withdrawals as sweeping
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.end_withdrawal import cancel_withdrawal
from settlement.operations.send_withdrawal import ask_withdrawal, send_withdrawal
from tests.settlement.withdrawals.paying import Paying, all_holds
from tests.world import Client


class ByName:
    """Hits on one name."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def screen(self, subject: Subject) -> Finding:
        self.heard.append(subject.beneficiary)
        return Finding(subject.beneficiary != "Maren Hollister", "Listed.")


def person(paying: Paying, client: Client) -> UUID:
    terms = DestinationTerms(
        asset="USD", network="WIRE", label="Her account", address="CH94", beneficiary_kind="PERSON",
        beneficiary_country="CH", details={"full_name": "Maren Hollister"},
    )  # fmt: skip
    return add_destination(
        entity_id=client.entity_id, terms=terms, actor=paying.actor(client), at=paying.at - timedelta(days=1)
    )


def fresh(withdrawal: Withdrawal) -> Withdrawal:
    return Withdrawal.objects.get(pk=withdrawal.pk)


def approved(paying: Paying, client: Client, reference: str = "W-1") -> Withdrawal:
    withdrawal = paying.ask(client, "100.00", reference)
    record_screening(withdrawal_id=withdrawal.pk, screened=Screened(True), at=paying.at)
    return withdrawal


def test_a_listed_person_is_found_by_name(paying: Paying) -> None:
    client = paying.client()
    paying.screener = ByName()  # type: ignore[assignment]
    withdrawal = paying.ask(client, "100.00", destination_id=person(paying, client))
    paying.sweep()
    assert (fresh(withdrawal).status, fresh(withdrawal).screening) == ("IN_REVIEW", "HIT")
    assert paying.screener.heard == ["Maren Hollister"]  # type: ignore[attr-defined]


def test_whose_name_was_erased_is_looked_at_by_compliance(paying: Paying) -> None:
    client = paying.client()
    destination_id = person(paying, client)
    paying.screener = ByName()  # type: ignore[assignment]
    withdrawal = paying.ask(client, "100.00", destination_id=destination_id)
    subject_id = Destination.objects.get(pk=destination_id).subject_id
    assert subject_id is not None
    installed_keys().destroy(subject_id, at=paying.at)
    paying.sweep()
    assert (fresh(withdrawal).status, fresh(withdrawal).screening) == ("IN_REVIEW", "HIT")
    assert paying.screener.heard == []  # type: ignore[attr-defined]


def test_each_is_handed_over_at_its_own_moment(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock finds it a second on."""
    client = paying.client()
    for number in range(3):
        approved(paying, client, f"W-{number}")
    ticks = iter(range(0, 3_000, 1))
    monkeypatch.setattr(sweeping, "monotonic", lambda: float(next(ticks)))
    paying.sweep()
    moments = (
        Withdrawal.objects.exclude(submitted_at=None).order_by("submitted_at").values_list("submitted_at", flat=True)
    )
    assert len(set(moments)) == len(moments) == 3
    assert all(each is not None and each > paying.at for each in moments)


def test_a_sweep_begins_nothing_once_its_time_is_over(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    client = paying.client()
    for number in range(6):
        approved(paying, client, f"W-{number}")
    ticks = iter(range(0, 30_000, 3))
    with monkeypatch.context() as patched:
        patched.setattr(sweeping, "monotonic", lambda: float(next(ticks)))
        paying.sweep()
    assert 0 < Withdrawal.objects.filter(status="APPROVED", outcome_unknown=False).count() < 6
    paying.sweep()
    assert not Withdrawal.objects.filter(status="APPROVED").exists()


def test_a_call_is_over_before_anybody_asks() -> None:
    """A task that calls a gateway is ended by force long before the gateway is asked what became of the call."""
    assert settings.CELERY_TASK_TIME_LIMIT < settings.PAYOUT_ASK_AFTER_SECONDS
    assert timedelta(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT) > sweeping.MOST_TIME


class Slow(PayoutSimulator):
    """While a call is on its way, something else happens."""

    meanwhile: Any = None

    def submit(self, payment: Payment) -> Answer:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act(payment.id)
        return super().submit(payment)


def slow(paying: Paying, act: Any) -> dict[str, Any]:
    gateway = Slow(paying.simulator.state, paying.custodian)
    gateway.meanwhile = act
    return {"gateways": {"SIMULATOR": gateway}, "at": paying.at}


def test_taken_after_it_was_believed_unsent_it_is_sent_all_the_same(paying: Paying) -> None:
    client = paying.client()
    withdrawal = approved(paying, client)
    told: dict[str, Any] = slow(paying, lambda key: ask_withdrawal(withdrawal_id=key, **told))
    send_withdrawal(withdrawal_id=withdrawal.pk, **told)
    assert (fresh(withdrawal).status, fresh(withdrawal).outcome_unknown) == ("SENT", False)
    assert ask_withdrawal(withdrawal_id=withdrawal.pk, **told) == "COMPLETED"
    assert paying.world.balance(client, "USD") == (885, 0)
    all_holds()


def test_taken_after_it_was_given_back_is_on_the_record(paying: Paying) -> None:
    from core.models import AuditEntry

    client = paying.client()
    withdrawal = approved(paying, client)

    def give_back(key: UUID) -> None:
        ask_withdrawal(withdrawal_id=key, **told)
        cancel_withdrawal(withdrawal_id=key, entity_id=client.entity_id, actor=paying.actor(client), at=paying.at)

    told: dict[str, Any] = slow(paying, give_back)
    send_withdrawal(withdrawal_id=withdrawal.pk, **told)
    assert fresh(withdrawal).status == "CANCELLED"
    assert AuditEntry.objects.filter(action="settlement.withdrawal.find_paid", object_id=withdrawal.pk).count() == 1


def test_an_answer_about_an_older_attempt_says_nothing_of_the_next(paying: Paying) -> None:
    client = paying.client()
    withdrawal = approved(paying, client)
    gateway = paying.simulator

    class Deaf:
        def submit(self, payment: Payment) -> Answer:
            raise ConnectionError

        def ask(self, payment_id: UUID) -> Answer:
            # Meanwhile another sweep found it unsent, and handed it over again; that call does not end.
            Withdrawal.objects.filter(pk=payment_id).update(status="APPROVED", attempts=2)
            return Answer(Fate.UNKNOWN)

    deaf: dict[str, Any] = {"gateways": {"SIMULATOR": Deaf()}, "at": paying.at}
    send_withdrawal(withdrawal_id=withdrawal.pk, **deaf)
    ask_withdrawal(withdrawal_id=withdrawal.pk, **deaf)
    assert (fresh(withdrawal).attempts, fresh(withdrawal).outcome_unknown) == (2, True)
    assert gateway is paying.simulator


def test_one_whose_answer_cannot_be_booked_keeps_no_other_back(paying: Paying) -> None:
    class Confused(PayoutSimulator):
        asked: list[UUID]

        def ask(self, payment_id: UUID) -> Answer:
            self.asked.append(payment_id)
            if payment_id == first.pk:
                raise ValueError("no JSON")
            return super().ask(payment_id)

    client = paying.client()
    first, second = approved(paying, client), approved(paying, client, "W-2")
    confused = Confused(paying.simulator.state, paying.custodian)
    confused.asked = []
    paying.simulator = confused
    paying.sweep()
    assert (fresh(first).status, fresh(second).status) == ("SENT", "COMPLETED")
    asked_at: datetime | None = fresh(first).asked_at
    assert asked_at is not None, "next time it stands behind the others"
