"""The simulators of arrivals: their files, their addresses, and what they tell the custodian."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from settlement.domain.creditor_reference import is_sound
from settlement.gateways.arrivals import ArrivalStatus
from settlement.gateways.bank_simulator import BankSimulator
from settlement.gateways.chain_simulator import DEEPEST, ChainSimulator
from settlement.gateways.custodian_simulator import CustodianSimulator
from tests.world import MONDAY

ALDER, BIRCH = UUID(int=1), UUID(int=2)


def held(directory: Path, asset: str) -> Decimal:
    custodian = CustodianSimulator(directory / "custodian.json")
    document = json.loads(custodian.fetch_snapshot(account="MAIN", asset=asset, as_of=MONDAY + timedelta(days=9)))
    return Decimal(document["holdings"][0]["balance"])


@pytest.fixture
def chain(tmp_path: Path) -> ChainSimulator:
    return ChainSimulator(tmp_path / "chain.json", CustodianSimulator(tmp_path / "custodian.json"))


@pytest.fixture
def bank(tmp_path: Path) -> BankSimulator:
    return BankSimulator(tmp_path / "bank.json", CustodianSimulator(tmp_path / "custodian.json"))


def send(chain: ChainSimulator, amount: str = "0.5", final_after: int = 2) -> None:
    chain.send(
        asset="BTC", network="BITCOIN", address="sim1q", amount=Decimal(amount), reference="TX-1:0", at=MONDAY,
        final_after=final_after,
    )  # fmt: skip


def told(chain: ChainSimulator) -> list[tuple[str, int, str]]:
    notices = chain.list_notices(after=0, limit=1000)
    assert [each.position for each in notices] == list(range(1, len(notices) + 1))
    return [
        (each.arrival.status.value, each.arrival.confirmations, format(each.arrival.amount, "f")) for each in notices
    ]


def test_places_are_the_same_when_asked_again_and_nobody_elses(chain: ChainSimulator, bank: BankSimulator) -> None:
    for simulator in (chain, bank):
        places = [
            simulator.issue_address(asset=asset, network=network, profile_id=owner, number=number).address
            for asset, network in (("BTC", "BITCOIN"), ("ETH", "ETHEREUM"))
            for owner in (ALDER, BIRCH)
            for number in (1, 2)
        ]
        assert len(set(places)) == 8
        again = simulator.issue_address(asset="BTC", network="BITCOIN", profile_id=ALDER, number=1)
        assert again.address == places[0]
    assert is_sound(bank.issue_address(asset="USD", network="WIRE", profile_id=ALDER, number=1).address)


def test_blocks_confirm_and_the_custodian_has_what_is_final(chain: ChainSimulator, tmp_path: Path) -> None:
    send(chain)
    assert not (tmp_path / "custodian.json").exists()
    chain.mine(at=MONDAY)
    assert held(tmp_path, "BTC") == Decimal("0.5")
    chain.mine(at=MONDAY)
    assert told(chain) == [("SEEN", 1, "0.5"), ("FINAL", 2, "0.5"), ("FINAL", 3, "0.5")]
    assert held(tmp_path, "BTC") == Decimal("0.5")


def test_it_stops_telling_of_what_is_deep(chain: ChainSimulator) -> None:
    send(chain)
    chain.mine(DEEPEST, at=MONDAY)
    chain.mine(at=MONDAY)
    assert len(told(chain)) == 2


def test_a_reorganisation_takes_it_from_the_custodian_where_it_was_final(chain: ChainSimulator, tmp_path: Path) -> None:
    send(chain, final_after=1)
    chain.drop("TX-1:0", at=MONDAY)
    assert held(tmp_path, "BTC") == 0
    gone = chain.list_notices(after=1, limit=1)[0].arrival
    assert (gone.status, gone.gone_reference[:5]) == (ArrivalStatus.GONE, "GONE-")
    with pytest.raises(ValueError, match="another reference"):
        send(chain)


def test_sent_again_it_is_told_again_and_held_once(chain: ChainSimulator, tmp_path: Path) -> None:
    send(chain, final_after=1)
    send(chain, "0.7")
    assert told(chain) == [("FINAL", 1, "0.5"), ("FINAL", 1, "0.7")]
    assert held(tmp_path, "BTC") == Decimal("0.5")


def test_a_bank_advises_books_and_recalls(bank: BankSimulator, tmp_path: Path) -> None:
    line = {"asset": "USD", "network": "WIRE", "amount": Decimal("250.00"), "reference": "WIRE-1", "at": MONDAY}
    bank.advise(text="RF", **line)
    for _ in range(2):
        bank.book("WIRE-1", at=MONDAY)
    assert held(tmp_path, "USD") == 250
    bank.recall("WIRE-1", at=MONDAY)
    assert held(tmp_path, "USD") == 0
    notices = [each.arrival for each in bank.list_notices(after=0, limit=9)]
    assert [each.status.value for each in notices] == ["SEEN", "FINAL", "GONE"]
    assert notices[2].gone_reference.startswith("RECALL-")


def test_a_feed_is_read_piece_by_piece(chain: ChainSimulator) -> None:
    send(chain)
    for _ in range(4):
        chain.mine(at=MONDAY)
    assert [each.position for each in chain.list_notices(after=1, limit=2)] == [2, 3]
    assert list(chain.list_notices(after=5, limit=2)) == []
