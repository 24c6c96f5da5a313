"""A gateway that is slow, and answers that break: nothing is given back that leaves, and nobody waits behind it."""

import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections

from settlement.gateways.payout import Answer, Payment
from settlement.models import Withdrawal
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.end_withdrawal import cancel_withdrawal
from settlement.operations.send_withdrawal import ask_withdrawal, send_withdrawal
from settlement.operations.sweep_withdrawals import sweep_withdrawals
from tests.settlement.withdrawals.paying import Paying, all_holds
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """The simulator, behind a line on which a payment takes its time."""

    def __init__(self, paying: Paying) -> None:
        self.simulator = paying.simulator
        self.is_on_its_way, self.may_arrive = threading.Event(), threading.Event()

    def submit(self, payment: Payment) -> Answer:
        self.is_on_its_way.set()
        assert self.may_arrive.wait(30)
        return self.simulator.submit(payment)

    def ask(self, payment_id: UUID) -> Answer:
        return self.simulator.ask(payment_id)


def approved(paying: Paying, client, amount: str = "100.00", reference: str = "W-1") -> Withdrawal:
    withdrawal = paying.ask(client, amount, reference)
    record_screening(withdrawal_id=withdrawal.pk, screened=Screened(True), at=paying.at)
    return withdrawal


def test_while_a_payment_is_on_its_way_nobody_learns_that_it_never_was(tmp_path: Path) -> None:
    """Asked a minute later by another process, the gateway does not know it yet: that is no reason to let it be taken back."""
    paying = Paying(World(), tmp_path)
    client = paying.client()
    withdrawal = approved(paying, client)
    slow = Slow(paying)

    def send() -> None:
        send_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": slow}, at=paying.at)
        connections.close_all()

    sender = threading.Thread(target=send)
    sender.start()
    assert slow.is_on_its_way.wait(30)
    ask_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": slow}, at=paying.at + timedelta(minutes=5))
    assert Withdrawal.objects.get(pk=withdrawal.pk).outcome_unknown
    slow.may_arrive.set()
    sender.join()
    ask_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": slow}, at=paying.at)

    assert Withdrawal.objects.get(pk=withdrawal.pk).status == "COMPLETED"
    assert paying.world.balance(client, "USD") == (885, 0)
    all_holds()


def test_what_was_ended_and_leaves_all_the_same_is_an_alarm_on_the_record(tmp_path: Path, monkeypatch) -> None:
    """Should the lock be lost with its connection: the books cannot take it back, but nobody shall have to find out by chance."""
    from core.models import AuditEntry

    paying = Paying(World(), tmp_path)
    client = paying.client()
    withdrawal = approved(paying, client)

    class Ended(Slow):
        def submit(self, payment: Payment) -> Answer:
            Withdrawal.objects.filter(pk=withdrawal.pk).update(outcome_unknown=False)
            cancel_withdrawal(
                withdrawal_id=withdrawal.pk, entity_id=client.entity_id, actor=paying.actor(client), at=paying.at
            )
            return self.simulator.submit(payment)

    send_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": Ended(paying)}, at=paying.at)

    assert Withdrawal.objects.get(pk=withdrawal.pk).status == "CANCELLED"
    assert AuditEntry.objects.filter(action="settlement.withdrawal.find_paid", object_id=withdrawal.pk).exists()


def test_each_is_sent_by_the_clock_of_its_own_moment(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client()
    first, second = approved(paying, client), approved(paying, client, reference="W-2")

    class Tardy(Slow):
        def submit(self, payment: Payment) -> Answer:
            threading.Event().wait(0.2)
            return self.simulator.submit(payment)

    sweep_withdrawals(gateways={"SIMULATOR": Tardy(paying)}, screener=paying.screener, at=paying.at)

    earlier, later = (Withdrawal.objects.get(pk=each.pk).submitted_at for each in (first, second))
    assert earlier is not None
    assert later is not None
    assert later - earlier >= timedelta(seconds=0.2)


def test_one_whose_answer_breaks_keeps_no_other_back(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client()
    broken, good = approved(paying, client), approved(paying, client, reference="W-2")

    class Breaking(Slow):
        def submit(self, payment: Payment) -> Answer:
            return self.simulator.submit(payment)

        def ask(self, payment_id: UUID) -> Answer:
            if payment_id == broken.pk:
                raise ValueError("no JSON")
            return self.simulator.ask(payment_id)

    gateways = {"SIMULATOR": Breaking(paying)}
    for minutes in (0, 5, 10):
        sweep_withdrawals(gateways=gateways, screener=paying.screener, at=paying.at + timedelta(minutes=minutes))

    assert Withdrawal.objects.get(pk=good.pk).status == "COMPLETED"
    waiting = Withdrawal.objects.get(pk=broken.pk)
    assert waiting.status == "SENT"
    assert waiting.asked_at is not None, "it goes to the end of the line"
