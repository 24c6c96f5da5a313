"""The worked day of the documentation, as its clients are told of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from compliance.reports.client_statement.told import tell_statement
from core.clock import now
from core.operations.record_audit import SYSTEM
from core.operations.seal_records import seal_records
from settlement.models import ClientStatement
from settlement.operations.issue_statement import issue_statement
from tests.one_day import FRIDAY, MONDAY, Day, at
from tests.test_worked_day import (
    birch_withdraws,
    open_with_what_was_there,
    orders_are_filled,
    the_bank_is_compared_and_its_charge_is_booked,
    the_rest_is_cancelled_and_a_deposit_waits,
    two_people_close_the_day,
)

pytestmark = pytest.mark.django_db(transaction=True)
# Opening, in, out, closing, held.
TOLD = {
    ("Alder", "USD"): ("0.000000", "100000.000000", "81149.683100", "18850.316900", "0.000000"),
    ("Alder", "BTC"): ("0.00000000", "1.35020000", "0.00000000", "1.35020000", "0.00000000"),
    ("Birch", "USD"): ("0.000000", "81008.673100", "50117.030000", "30891.643100", "0.000000"),
    ("Birch", "BTC"): ("0.00000000", "3.00000000", "1.35020000", "1.64980000", "0.50000000"),
}
FEES = {
    "Alder": [("BTC-USD", "141.010000")],
    "Birch": [("BTC-USD", "102.030000"), ("WITHDRAWAL", "15.000000")],
}


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with time_machine.travel(at("09:00", FRIDAY), tick=False) as clock:
        yield Day(clock, tmp_path)


def test_the_statements_of_the_worked_day(day: Day) -> None:
    open_with_what_was_there(day)
    orders_are_filled(day)
    the_rest_is_cancelled_and_a_deposit_waits(day)
    birch_withdraws(day)
    the_bank_is_compared_and_its_charge_is_booked(day)
    seal_records(at=now())
    two_people_close_the_day(day)

    for name, client in (("Alder", day.alder), ("Birch", day.birch)):
        issued = issue_statement(
            profile_id=client.profile_id, period_start=MONDAY, period_end=MONDAY, actor=SYSTEM, at=now()
        )
        told = tell_statement(ClientStatement.objects.get(pk=issued))
        for each in told["assets"]:
            sums = tuple(each[part] for part in ("opening", "credits", "debits", "closing", "held"))
            assert sums == TOLD[name, each["asset"]], (name, each["asset"])
        assert [(each["type"], each["amount"]) for each in told["fees"]] == FEES[name]
    pending = [(each["kind"], each["asset"], each["amount"]) for each in told["pending"]]
    assert pending == [("ORDERS", "BTC", "0.50000000")], "B-1 is open still; the withdrawal has gone"
    sold = [each["trade"]["quantity"] for each in told["movements"] if each["asset"] == "BTC" and each["trade"]]
    assert sold == ["1.0000", "0.2500", "0.1002"]
