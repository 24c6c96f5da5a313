"""Many at the same moment: the same arrival is booked once, a feed is read once, a deposit is decided once."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from accounts.models import ApprovalRequest, StaffUser
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry
from settlement.operations import reverse_deposit as reversing
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.receive_deposit import Screening, receive_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.crowd import at_once
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve, decide
from tests.settlement.deposits.arriving import OFFICER, REASON, Arriving, all_holds, kinds
from tests.world import Client, World

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


def asked_for(arriving: Arriving, deposit: Deposit, client: Client) -> UUID:
    """Somebody has said that it is the client's."""
    actor = Actor("PERSON", a_person("Olive Says", "OPERATIONS").pk)
    outcome = attribute_deposit(
        deposit_id=deposit.pk, profile_id=client.profile_id, reason=REASON, actor=actor, at=arriving.at
    )
    assert outcome.approval_id is not None
    return outcome.approval_id


def test_released_and_sent_back_at_once_it_is_one_of_both(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.price("1000")
    deposit = arriving.arrive("sim1qnobody")
    asked = asked_for(arriving, deposit, client)
    people = [a_person_with("deposit.approve") for _ in range(8)]

    def act(number: int) -> str:
        told = {"deposit_id": deposit.pk, "reason": REASON, "actor": OFFICER, "at": arriving.at}
        try:
            if number % 3 == 0:
                decide(asked, people[number // 3])
            elif number % 3 == 1:
                release_deposit(**told)
            else:
                return_deposit(**told)
        except Refusal as refusal:
            return refusal.code
        return "DONE"

    assert set(at_once(act, range(24))) <= {
        "DONE",
        "STATE_CHANGED",
        "DEPOSIT_UNATTRIBUTED",
        "APPROVAL_ALREADY_DECIDED",
    }
    assert arriving.deposit().status in {"CREDITED", "RETURNING"}
    all_holds()


def test_attributed_to_many_at_once_it_is_one_clients(arriving: Arriving) -> None:
    clients = [arriving.world.client(name) for name in ("Alder", "Birch", "Cedar")]
    actor = Actor("PERSON", a_person("Olive Says", "OPERATIONS").pk)
    people = [a_person_with("deposit.approve") for _ in range(4)]
    arriving.price("1000")
    deposit = arriving.arrive("sim1qnobody")

    def give(number: int) -> str:
        """One is asked for, for the first of those who ask; and all agree to it."""
        told = {"deposit_id": deposit.pk, "reason": REASON, "at": arriving.at}
        try:
            with transaction.atomic():
                attribute_deposit(profile_id=clients[number % 3].profile_id, actor=actor, **told)
        except Refusal as refusal:
            return refusal.code
        return "ASKED"

    said = at_once(give, range(24))
    assert (said.count("ASKED"), set(said)) == (1, {"ASKED", "APPROVAL_ALREADY_PENDING"})
    asked = ApprovalRequest.objects.get(action="DEPOSIT_ATTRIBUTION")

    def agree(person: StaffUser) -> None:
        with suppress(Refusal):
            decide(asked.pk, person)

    at_once(agree, people)
    assert str(arriving.deposit().profile_id) == asked.payload["profile_id"]
    assert arriving.balances()["CLIENT"] == Decimal("0.5")
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    all_holds()


def test_who_asks_for_a_reversal_holds_nothing_that_its_decision_waits_for(
    arriving: Arriving, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving.pay(arriving.address(arriving.world.client("Alder"), arriving.wire))
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    wish: dict[str, Any] = {"deposit_id": deposit.pk, "reason": REASON, "at": arriving.at}
    wish["actor"] = Actor("PERSON", a_person("Olive Asks", "OPERATIONS").pk)
    asked = reverse_deposit(**wish).approval_id
    ask = reversing.carry_out

    def decide_it() -> None:
        approve(asked)
        connections.close_all()

    def ask_late(**told: Any) -> Any:
        decision = Thread(target=decide_it, daemon=True)
        decision.start()
        decision.join(20)
        assert not decision.is_alive()
        return ask(**told)

    monkeypatch.setattr(reversing, "carry_out", ask_late)
    with pytest.raises(Refusal, match="STATE_CHANGED"):
        reverse_deposit(**wish)
    # It was taken back meanwhile, and nobody is asked to do so again.
    assert arriving.deposit("WIRE-1").status == "REVERSED"
    assert not ApprovalRequest.objects.filter(action="DEPOSIT_REVERSAL", status="PENDING").exists()
    all_holds()
