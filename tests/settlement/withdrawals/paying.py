"""Withdrawals for tests: a rail, a destination that may be used, a wish, and gateways in a directory of the test's own."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.gateways.payout_simulator import PayoutSimulator
from settlement.gateways.screening import ScreeningSimulator
from settlement.models import Deposit, Rail, Withdrawal
from settlement.models.rail import TERMS
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.change_limit import LimitTerms, change_limit
from settlement.operations.change_rail import RailWish, change_rail
from settlement.operations.open_rail import RailTerms, open_rail, set_withdrawal_fee, set_withdrawal_limit
from settlement.operations.request_withdrawal import WithdrawalWish, request_withdrawal
from settlement.operations.sweep_withdrawals import sweep_withdrawals
from tests.desk import a_person
from tests.four_eyes import approve
from tests.world import MONDAY, Client, World

OFFICER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))
LATER = MONDAY + timedelta(days=2)


class Paying:
    """USD by WIRE for a fee of 15.00, from 10.00 upwards; everything happens two days after MONDAY."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.at = LATER
        self.custodian = CustodianSimulator(directory / "custodian.json")
        self.simulator = PayoutSimulator(directory / "payouts.json", self.custodian)
        self.screener = ScreeningSimulator(directory / "screening.json")
        terms = RailTerms(network="WIRE", gateway="SIMULATOR", min_withdrawal=Decimal(10))
        self.rail_id = open_rail(omnibus_id=world.omnibus["USD"], terms=terms, at=MONDAY)
        set_withdrawal_fee(rail_id=self.rail_id, fee=Decimal("15.00"), at=MONDAY)

    def limit(self, value: str, window: str = "ROLLING_24H", scope: str = "DEFAULT", of: UUID | None = None) -> None:
        """That of the first day; an entity's or a profile's own takes an approval."""
        if of is None:
            set_withdrawal_limit(scope=scope, scope_id=of, window=window, value=Decimal(value), at=MONDAY)
            return
        terms = LimitTerms(scope=scope, scope_id=of, window=window, value=Decimal(value))
        approve(change_limit(terms=terms, reason="Tests.", actor=self.asker(), at=MONDAY).approval_id)

    def terms(self, *, at: datetime, **changes: Any) -> None:
        """Other terms of the rail, approved at ``at``."""
        rail = Rail.objects.get(pk=self.rail_id)
        wish = RailWish(**{name: getattr(rail, name) for name in TERMS} | changes)
        asked = change_rail(rail_id=self.rail_id, wish=wish, reason="Tests.", actor=self.asker(), at=at)
        approve(asked.approval_id)

    def asker(self) -> Actor:
        """Somebody of operations."""
        return Actor("PERSON", a_person("Olive", role="OPERATIONS").pk)

    def destination(self, client: Client, address: str = "CH9300762011623852957", *, at: datetime = MONDAY) -> UUID:
        terms = DestinationTerms(
            asset="USD",
            network="WIRE",
            label="Our bank",
            address=address,
            beneficiary_kind="INSTITUTION",
            beneficiary_name="Alder Ltd",
            beneficiary_country="CH",
        )
        return add_destination(entity_id=client.entity_id, terms=terms, actor=self.actor(client), at=at)

    def actor(self, client: Client) -> Actor:
        return Actor("CREDENTIAL", client.credential.credential_id)

    def client(self, name: str = "Alder", usd: str = "1000.00") -> Client:
        """A client with money at the house and at the custodian."""
        client = self.world.client(name, USD=usd)
        for deposit in Deposit.objects.filter(profile_id=client.profile_id):
            self.custodian.receive(
                asset="USD", amount=deposit.amount, reference=deposit.outside_reference, at=deposit.received_at
            )
        return client

    def ask(
        self,
        client: Client,
        amount: str,
        reference: str = "W-1",
        *,
        kind: str = "NET",
        destination_id: UUID | None = None,
        fee: str | None = None,
    ) -> Withdrawal:
        wish = WithdrawalWish(
            profile_id=client.profile_id,
            destination_id=destination_id or self.known_destination(client),
            client_reference=reference,
            amount_kind=kind,
            amount=Decimal(amount),
            expected_fee=None if fee is None else Decimal(fee),
        )
        done = request_withdrawal(wish=wish, entity_id=client.entity_id, actor=self.actor(client), at=self.at)
        return Withdrawal.objects.get(pk=done.withdrawal_id)

    def known_destination(self, client: Client) -> UUID:
        from settlement.models import Destination

        known = Destination.objects.filter(entity_id=client.entity_id).exclude(status="REMOVED").first()
        return known.pk if known else self.destination(client)

    def sweep(self, *, after: timedelta = timedelta(0)) -> int:
        self.at += after
        return sweep_withdrawals(gateways={"SIMULATOR": self.simulator}, screener=self.screener, at=self.at)

    def control(self, client: Client, kind: str) -> None:
        holder = ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id
        set_control(identity_id=holder, wish=ControlWish(kind, "OTHER"), set_by=OPERATOR, actor=OFFICER, at=now())


def all_holds() -> None:
    """Every invariant of the ledger and of holds."""
    numbers = {"V1", "V2", "V3", "V4", "V5", "V6", "V7", "V9"}
    verdicts = verify_all([each for each in INVARIANTS if each.number in numbers], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []
