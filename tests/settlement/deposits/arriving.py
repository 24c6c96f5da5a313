"""Arrivals for tests: two rails, a chain and a bank in a directory of the test's own, and what the books make of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.operations.record_audit import SYSTEM, Actor
from core.queries.verifying import verify_all
from settlement.gateways.arrivals import Sender
from settlement.gateways.bank_simulator import BankSimulator
from settlement.gateways.chain_simulator import ChainSimulator
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.gateways.screening import ScreeningSimulator
from settlement.models import Deposit, DepositInstruction, Entry, LedgerAccount, Rail, ReconciliationRun
from settlement.models.rail import TERMS
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.change_rail import RailWish, change_rail
from settlement.operations.open_deposit_instruction import open_deposit_instruction
from settlement.operations.open_rail import RailTerms, open_rail
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.desk import a_person
from tests.four_eyes import approve
from tests.world import MONDAY, Client, World

OFFICER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))
REASON = "Looked at, and all is well."
# Everything is known of this one, and nothing of the other.
NAMED = Sender(
    account="bcrt1qsender", vasp="Other Exchange Ltd", details={"full_name": "Ada Lovelace", "national_id": "GB-1815"}
)
UNNAMED = Sender(account="bcrt1qsender", vasp="Other Exchange Ltd")


class Arriving:
    """BTC by BITCOIN after three confirmations and from 0.001 upwards, USD by WIRE from 1.00; two days after MONDAY."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.at = MONDAY + timedelta(days=2)
        self.custodian = CustodianSimulator(directory / "custodian.json")
        self.chain = ChainSimulator(directory / "chain.json", self.custodian)
        self.bank = BankSimulator(directory / "bank.json", self.custodian)
        self.screener = ScreeningSimulator(directory / "screening.json")
        self.feeds = {("SIMULATOR", "CHAIN"): self.chain, ("SIMULATOR", "BANK"): self.bank}
        self.bitcoin = self._rail("BTC", "BITCOIN", confirmations=3, min_deposit=Decimal("0.001"))
        self.wire = self._rail("USD", "WIRE", min_deposit=Decimal(1))

    def _rail(self, code: str, network: str, confirmations: int = 0, min_deposit: Decimal = Decimal(0)) -> UUID:
        terms = RailTerms(network=network, gateway="SIMULATOR", confirmations=confirmations, min_deposit=min_deposit)
        return open_rail(omnibus_id=self.world.omnibus[code], terms=terms, at=MONDAY)

    def address(self, client: Client, rail_id: UUID | None = None) -> str:
        """Where the client is paid; on the chain unless told."""
        instruction_id = open_deposit_instruction(
            profile_id=client.profile_id, rail_id=rail_id or self.bitcoin, actor=SYSTEM, at=self.at, feeds=self.feeds
        )
        return DepositInstruction.objects.get(pk=instruction_id).address

    def send(
        self, to: str, amount: str = "0.5", reference: str = "TX-1:0", *, sender: Sender = NAMED, final_after: int = 3
    ) -> None:
        """A payment over the chain, in its first block."""
        self.chain.send(
            asset="BTC", network="BITCOIN", address=to, amount=Decimal(amount), reference=reference, at=self.at,
            sender=sender, final_after=final_after,
        )  # fmt: skip

    def pay(self, text: str, amount: str = "250.00", reference: str = "WIRE-1", *, booked: bool = True) -> None:
        """A credit at the bank, booked unless told."""
        self.bank.advise(
            asset="USD", network="WIRE", amount=Decimal(amount), reference=reference, text=text, at=self.at,
            sender=Sender(account="CH9300762011623852957", details={"full_name": "Ada Lovelace"}),
        )  # fmt: skip
        if booked:
            self.bank.book(reference, at=self.at)

    def arrive(self, to: str, amount: str = "0.5", reference: str = "TX-1:0", *, sender: Sender = NAMED) -> Deposit:
        """A payment over the chain that is final, taken in."""
        self.send(to, amount, reference, sender=sender)
        self.mine(3)
        return self.deposit(reference)

    def mine(self, blocks: int = 1) -> None:
        self.chain.mine(blocks, at=self.at)
        self.sweep()

    def sweep(self, *, after: timedelta = timedelta(0)) -> int:
        self.at += after
        feeds = (self.chain, self.bank)
        return sum(take_in_arrivals(gateway=feed, at=self.at, screener=self.screener) for feed in feeds)

    def deposit(self, reference: str = "TX-1:0") -> Deposit:
        return Deposit.objects.select_related("rail", "omnibus__asset").get(outside_reference=reference)

    def price(self, value: str) -> None:
        """What a BTC is worth, in the reporting asset."""
        from settlement.models import Asset, ValuationPrice

        ValuationPrice.objects.create(
            asset=Asset.objects.get(code="BTC"), currency="USD", price=Decimal(value), source="TEST",
            event_at=self.at, business_date=self.at.date(),
        )  # fmt: skip

    def control(self, client: Client, kind: str) -> None:
        holder = ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id
        set_control(identity_id=holder, wish=ControlWish(kind, "OTHER"), set_by=OPERATOR, actor=OFFICER, at=now())

    def balances(self, code: str = "BTC") -> Mapping[str, Decimal]:
        """Of all clients together, of SUSPENSE and of the omnibus account."""
        found = {"CLIENT": Decimal(0), "SUSPENSE": Decimal(0), "OMNIBUS": Decimal(0)}
        for account in LedgerAccount.objects.filter(asset__code=code, kind__in=found):
            found[account.kind] += account.balance
        return found

    def difference(self, code: str = "BTC", at: datetime | None = None) -> Decimal | None:
        """What the custodian has beyond the ledger."""
        as_of = at or self.at
        reconcile_omnibus(omnibus_id=self.world.omnibus[code], custodian=self.custodian, as_of=as_of, at=as_of)
        run = ReconciliationRun.objects.filter(omnibus_id=self.world.omnibus[code]).latest("run_at", "id")
        assert run.status != "FAILED", run.failure
        return run.difference


def attribute(deposit: Deposit, client: Client, *, at: datetime) -> Deposit:
    """The deposit is the client's, says one, and others agree."""
    actor = Actor("PERSON", a_person("Olive Says", "OPERATIONS").pk)
    outcome = attribute_deposit(deposit_id=deposit.pk, profile_id=client.profile_id, reason=REASON, actor=actor, at=at)
    approve(outcome.approval_id)
    deposit.refresh_from_db()
    return deposit


def kinds(deposit: Deposit) -> list[str]:
    return list(Entry.objects.filter(source_id=deposit.pk).order_by("id").values_list("kind", flat=True))


def limit_rail(rail_id: UUID, **terms: Any) -> None:
    """Change terms of the rail, as two others approve."""
    rail = Rail.objects.get(pk=rail_id)
    wish = RailWish(**{name: getattr(rail, name) for name in TERMS} | terms)
    actor = Actor("PERSON", a_person("Olive Limits", "OPERATIONS").pk)
    outcome = change_rail(rail_id=rail_id, wish=wish, reason=REASON, actor=actor, at=now())
    assert outcome.approval_id is not None
    approve(outcome.approval_id)


def all_holds() -> None:
    """Every invariant of the ledger and of deposits."""
    numbers = {"V1", "V2", "V3", "V5", "V6", "V7", "V9"}
    verdicts = verify_all([each for each in INVARIANTS if each.number in numbers], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []
