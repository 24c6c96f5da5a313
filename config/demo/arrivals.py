"""What comes in by itself in the demo: by a bank's line and over chains, and what of it somebody has to look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from accounts.models import Profile
from config.demo import cast
from core.operations.record_audit import SYSTEM
from settlement.gateways.arrivals import NOBODY, ArrivalGateway, Sender
from settlement.gateways.bank_simulator import BankSimulator
from settlement.gateways.chain_simulator import ChainSimulator
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.gateways.screening import ScreeningSimulator
from settlement.models import Deposit, DepositInstruction, Rail
from settlement.operations.open_deposit_instruction import open_deposit_instruction
from settlement.operations.take_in_arrivals import take_in_arrivals

LISTED_ADDRESS: Final = "bc1qdemolistedaddress0000000000000000000000"
# The payment whose confirmations the flow counts up; and how many a rail of it wants.
COUNTING_REFERENCE, COUNTING_CLIENT, COUNTING_RAIL = "DEMO-ETH-1", "moorland", ("ETH", "ETHEREUM")
# Confirmed so often, what waits for compliance is final.
DEEP_BLOCKS: Final = 3


@dataclass(frozen=True, slots=True)
class Play:
    """The simulators behind ``state_dir``, and where each client is paid in."""

    bank: BankSimulator
    chain: ChainSimulator
    screener: ScreeningSimulator
    at: datetime

    @classmethod
    def of(cls, state_dir: Path, *, at: datetime) -> "Play":
        """Those that the house itself asks."""
        custodian = CustodianSimulator(state_dir / "custodian.json")
        return cls(
            BankSimulator(state_dir / "bank.json", custodian),
            ChainSimulator(state_dir / "chain.json", custodian),
            ScreeningSimulator(state_dir / "screening.json"),
            at,
        )

    @property
    def feeds(self) -> dict[tuple[str, str], ArrivalGateway]:
        """By the names of rails' gateways, as ``installed_feeds`` has them."""
        return {("SIMULATOR", "CHAIN"): self.chain, ("SIMULATOR", "BANK"): self.bank}

    def place(self, reference: str, asset: str, network: str) -> str:
        """Where the demo's client is paid in."""
        profile_id = _profile_of(reference)
        rail = Rail.objects.get(asset__code=asset, network=network)
        opened = open_deposit_instruction(
            profile_id=profile_id, rail_id=rail.pk, actor=SYSTEM, at=self.at, feeds=self.feeds
        )
        return DepositInstruction.objects.values_list("address", flat=True).get(pk=opened)

    def wire(self, reference: str, amount: str, text: str, sender: Sender = NOBODY) -> None:
        """A line on the bank's statement."""
        self.bank.advise(
            asset="USD",
            network="WIRE",
            amount=Decimal(amount),
            reference=reference,
            text=text,
            at=self.at,
            sender=sender,
        )
        self.bank.book(reference, at=self.at)

    def coins(self, reference: str, amount: str, address: str, sender: Sender, rail: tuple[str, str]) -> None:
        """A payment in a block."""
        self.chain.send(
            asset=rail[0],
            network=rail[1],
            address=address,
            amount=Decimal(amount),
            reference=reference,
            at=self.at,
            sender=sender,
        )


def _by_bank(play: Play) -> None:
    sender = Sender(
        account="GB33BUKB20201555555555", details={"full_name": "Jonas Feldmann", "address": "3 Weir Lane\nLeeds"}
    )
    text = f"Account top-up {play.place('harrow-finch', 'USD', 'WIRE')}"
    play.wire("DEMO-WIRE-1", "48250.00", text, sender)


def _by_nobody(play: Play) -> None:
    play.wire("DEMO-WIRE-2", "7300.00", "Invoice 2207, thank you", Sender(account="DE89370400440532013000"))


def _from_elsewhere(play: Play) -> None:
    """From another provider, which did not say of whom: the travel rule asks."""
    sender = Sender(account="bc1qdemobluewater000000000000000000000000", vasp="Bluewater Exchange")
    play.coins("DEMO-BTC-1", "0.8", play.place("vela", "BTC", "BITCOIN"), sender, ("BTC", "BITCOIN"))


def _from_a_list(play: Play) -> None:
    play.screener.list_address(LISTED_ADDRESS)
    sender = Sender(account=LISTED_ADDRESS)
    play.coins("DEMO-BTC-2", "0.15", play.place("cassia", "BTC", "BITCOIN"), sender, ("BTC", "BITCOIN"))


DEEP: Final[dict[str, Callable[[Play], None]]] = {
    "DEMO-WIRE-1": _by_bank,
    "DEMO-WIRE-2": _by_nobody,
    "DEMO-BTC-1": _from_elsewhere,
    "DEMO-BTC-2": _from_a_list,
}


def bring_arrivals(state_dir: Path, *, at: datetime) -> int:
    """Have come in what has not, and take it in; answers how many payments were new."""
    play, new = Play.of(state_dir, at=at), list(_missing())
    for reference in new:
        DEEP[reference](play)
    if new:
        play.chain.mine(DEEP_BLOCKS - 1, at=at)
    if not Deposit.objects.filter(outside_reference=COUNTING_REFERENCE).exists():
        send_counting(play, COUNTING_REFERENCE, _profile_of(COUNTING_CLIENT))
        # So that it is known whose it is.
        play.place(COUNTING_CLIENT, *COUNTING_RAIL)
        new.append(COUNTING_REFERENCE)
    for feed in play.feeds.values():
        take_in_arrivals(gateway=feed, at=at, screener=play.screener)
    return len(new)


def send_counting(play: Play, reference: str, profile_id: UUID) -> None:
    """A payment that is confirmed once: its rail wants more. Needs no database."""
    asset, network = COUNTING_RAIL
    place = play.chain.issue_address(asset=asset, network=network, profile_id=profile_id, number=1)
    play.coins(reference, "2.5", place.address, Sender(account="0xdemo4c0ffee"), COUNTING_RAIL)


def _missing() -> Iterator[str]:
    known = set(Deposit.objects.filter(outside_reference__in=DEEP).values_list("outside_reference", flat=True))
    yield from (reference for reference in DEEP if reference not in known)


def _profile_of(reference: str) -> UUID:
    of_demo = Profile.objects.filter(entity__reference=reference, kind=Profile.Kind.DEFAULT)
    return of_demo.values_list("pk", flat=True).get(entity__organisation__name=cast.ORGANISATION)
