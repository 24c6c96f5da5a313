"""Many at the same moment: the same arrival is booked once, a feed is read once, a deposit is decided once."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.refusals import Refusal
from settlement.models import Deposit, Entry
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.receive_deposit import Screening, receive_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.crowd import at_once
from tests.settlement.deposits.arriving import OFFICER, REASON, Arriving, all_holds, kinds
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arriving(tmp_path: Path) -> Arriving:
    return Arriving(World(), tmp_path)


def test_the_same_arrival_told_to_eight_is_one_booking(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")))
    arriving.chain.mine(2, at=arriving.at)
    arrival = arriving.chain.list_notices(after=1, limit=1)[0].arrival
    ids = at_once(lambda _: receive_deposit(arrival=arrival, at=arriving.at, screening=Screening("CLEAR")), range(32))
    assert set(ids) == {arriving.deposit().pk}
    assert kinds(arriving.deposit()) == ["DEPOSIT"]
    assert arriving.balances()["CLIENT"] == Decimal("0.5")
    all_holds()


def test_a_feed_that_eight_read_is_taken_in_once(arriving: Arriving) -> None:
    addresses = [arriving.address(arriving.world.client(name)) for name in ("Alder", "Birch")]
    for number in range(12):
        arriving.send(addresses[number % 2], "0.5", f"TX-{number}:0")
    arriving.chain.mine(2, at=arriving.at)
    taken = at_once(
        lambda _: take_in_arrivals(gateway=arriving.chain, at=arriving.at, screener=arriving.screener), range(8)
    )
    assert sum(taken) == 24
    assert Entry.objects.filter(kind="DEPOSIT").count() == Deposit.objects.filter(status="CREDITED").count() == 12
    assert arriving.balances()["CLIENT"] == 6
    assert arriving.difference() == 0
    all_holds()


def test_released_and_sent_back_at_once_it_is_one_of_both(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    deposit = arriving.arrive("sim1qnobody")

    def decide(number: int) -> str:
        told = {"deposit_id": deposit.pk, "reason": REASON, "actor": OFFICER, "at": arriving.at}
        try:
            if number % 3 == 0:
                attribute_deposit(profile_id=client.profile_id, **told)
            elif number % 3 == 1:
                release_deposit(**told)
            else:
                return_deposit(**told)
        except Refusal as refusal:
            return refusal.code
        return "DONE"

    assert set(at_once(decide, range(24))) <= {"DONE", "STATE_CHANGED", "DEPOSIT_UNATTRIBUTED"}
    assert arriving.deposit().status in {"CREDITED", "RETURNING"}
    all_holds()


def test_attributed_to_many_at_once_it_is_one_clients(arriving: Arriving) -> None:
    clients = [arriving.world.client(name) for name in ("Alder", "Birch", "Cedar")]
    deposit = arriving.arrive("sim1qnobody")

    def give(number: int) -> str:
        profile_id = clients[number % 3].profile_id
        try:
            attribute_deposit(
                deposit_id=deposit.pk, profile_id=profile_id, reason=REASON, actor=OFFICER, at=arriving.at
            )
        except Refusal as refusal:
            return refusal.code
        return str(profile_id)

    said = set(at_once(give, range(24))) - {"DEPOSIT_ATTRIBUTED"}
    assert said == {str(arriving.deposit().profile_id)}
    assert arriving.balances()["CLIENT"] == Decimal("0.5")
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    all_holds()
