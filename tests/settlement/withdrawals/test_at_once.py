"""Many at the same moment: the balance is paid out once, no limit is passed, and each withdrawal leaves once."""

from pathlib import Path
from uuid import UUID

import pytest

from core.domain.refusals import Refusal
from settlement.models import Entry, Withdrawal
from settlement.operations.send_withdrawal import ask_withdrawal, send_withdrawal
from tests.crowd import at_once
from tests.settlement.withdrawals.paying import Paying, all_holds
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def asked(paying: Paying, client, amount: str, count: int) -> list[str]:
    destination = paying.known_destination(client)

    def ask(number: int) -> str:
        try:
            paying.ask(client, amount, f"W-{number}", destination_id=destination)
        except Refusal as refusal:
            return refusal.code
        return "TAKEN"

    return at_once(ask, range(count))


def test_of_two_hundred_withdrawals_of_the_whole_balance_exactly_one_wins(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client(usd="1015.00")
    outcomes = asked(paying, client, "1000.00", 200)
    assert sorted(set(outcomes)) == ["INSUFFICIENT_AVAILABLE", "TAKEN"]
    assert outcomes.count("TAKEN") == 1
    assert paying.world.balance(client, "USD") == (1015, 1015)
    all_holds()


def test_two_hundred_at_once_never_pass_the_limit(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client(usd="100000.00")
    paying.limit("1000")
    outcomes = asked(paying, client, "85.00", 200)
    assert sorted(set(outcomes)) == ["TAKEN", "WITHDRAWAL_LIMIT_EXCEEDED"]
    assert outcomes.count("TAKEN") == 10
    assert paying.world.balance(client, "USD") == (100000, 1000)


def test_the_same_request_from_everywhere_is_one_withdrawal(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client()
    destination = paying.known_destination(client)
    ids = at_once(lambda _: paying.ask(client, "100.00", destination_id=destination).pk, range(24))
    assert len(set(ids)) == 1
    assert paying.world.balance(client, "USD") == (1000, 115)


def test_many_that_send_and_ask_at_once_pay_once(tmp_path: Path) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client()
    withdrawal = paying.ask(client, "100.00")
    simulator = paying.simulator
    # Screened and approved, and sent by nobody yet.
    from settlement.operations.decide_withdrawal import Screened, record_screening

    record_screening(withdrawal_id=withdrawal.pk, screened=Screened(True), at=paying.at)

    def work(number: int) -> UUID:
        arguments = {"withdrawal_id": withdrawal.pk, "gateways": {"SIMULATOR": simulator}, "at": paying.at}
        send_withdrawal(**arguments)
        if number % 2:
            ask_withdrawal(**arguments)
        return withdrawal.pk

    at_once(work, range(24))
    ask_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": simulator}, at=paying.at)
    assert Withdrawal.objects.get(pk=withdrawal.pk).status == "COMPLETED"
    assert Entry.objects.filter(source_id=withdrawal.pk).count() == 1
    assert paying.world.balance(client, "USD") == (885, 0)
    all_holds()
