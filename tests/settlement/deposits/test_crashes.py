"""A process that ends at each named point of an arrival: it is booked once, and the cursor stands where the books are."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from core.failpoints import EXIT_CODE, VARIABLE
from settlement.models import ArrivalCursor, ArrivalRefusal, Deposit, Entry
from tests.settlement.deposits.arriving import NAMED, Arriving, all_holds, limit_rail
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
# The point, whether the payment is in the books right after the end, and where the cursor stands.
POINTS = [
    ("deposit.screening.after_call", False, 0),
    ("deposit.arrival.before_commit", False, 0),
    ("deposit.arrival.after_commit", True, 1),
]


def run(arriving: Arriving, directory: Path, point: str = "") -> int:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {"DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", VARIABLE: point}
    done = subprocess.run(
        [sys.executable, "-m", "tests.settlement.deposits.crashing", str(directory), arriving.at.isoformat()],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in {0, EXIT_CODE}, done.stderr.decode()[-2000:]
    return done.returncode


def position() -> int:
    return ArrivalCursor.objects.get(feed="CHAIN_SIMULATOR").position


@pytest.mark.parametrize(("point", "is_booked", "cursor"), POINTS)
def test_it_is_booked_once_and_the_cursor_is_where_the_books_are(
    point: str, is_booked: bool, cursor: int, tmp_path: Path
) -> None:
    arriving = Arriving(World(), tmp_path)
    address = arriving.address(arriving.world.client("Alder"))
    # Final at once; then said once more, and another one.
    arriving.send(address, final_after=1)
    limit_rail(arriving.bitcoin, confirmations=1)
    arriving.chain.repeat("TX-1:0")
    arriving.send(address, "0.25", "TX-2:0", final_after=1)
    assert run(arriving, tmp_path, point) == EXIT_CODE

    assert Deposit.objects.exists() == is_booked
    assert position() == cursor
    assert Entry.objects.count() == int(is_booked)
    all_holds()

    # Who comes next reads on; whoever comes after that finds nothing.
    for _ in range(2):
        assert run(arriving, tmp_path) == 0
    assert position() == 3
    assert Entry.objects.filter(kind="DEPOSIT").count() == 2
    assert arriving.balances() == {"CLIENT": Decimal("0.75"), "SUSPENSE": 0, "OMNIBUS": Decimal("-0.75")}
    assert not ArrivalRefusal.objects.exists()
    assert arriving.difference() == 0
    all_holds()


def test_the_simulators_killed_between_custodian_and_tape_say_it_once(tmp_path: Path) -> None:
    """The custodian hears first: told again under the same reference, it has it once."""
    arriving = Arriving(World(), tmp_path)
    arriving.custodian.receive(asset="BTC", amount=Decimal("0.5"), reference="TX-1:0", at=arriving.at)
    arriving.arrive(arriving.address(arriving.world.client("Alder")), sender=NAMED)
    assert arriving.difference() == 0
