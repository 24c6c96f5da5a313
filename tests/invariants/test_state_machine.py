"""The whole house on PostgreSQL under whatever Hypothesis thinks of: deposits, orders, cancels, matching, halts, reconciliation.

After every step all invariants hold. What it finds it shrinks to the shortest story. HYPOTHESIS_SEED repeats a run.
"""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import IdentityControl, Profile, ProfileMember
from accounts.operations.clear_control import clear_control
from accounts.operations.set_control import SYSTEM as RULE
from accounts.operations.set_control import ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from core.operations.seal_outbox import seal_outbox
from core.operations.seal_records import seal_records
from core.queries.verifying import verify_all
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.models import Deposit, LedgerAccount
from settlement.operations.complete_return import complete_return
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from tests.settlement.withdrawals.paying import OFFICER
from tests.world import MONDAY, Client, World
from trading.domain.phase import is_move_allowed
from trading.models import Order
from trading.operations.cancel_forbidden_orders import cancel_forbidden_orders
from trading.operations.match_market import forget_books

pytestmark = pytest.mark.django_db

NAMES = st.sampled_from(["Alder", "Birch", "Cedar"])
PRICES = st.integers(119_990, 120_010).map(lambda ticks: ticks * Decimal("0.50"))
LOTS = st.integers(1, 40).map(lambda lots: lots * Decimal("0.0001"))
CENTS = st.integers(1, 500_000).map(lambda cents: Decimal(cents) / 100)
# The guards do not change from step to step; they are asked once, at the end of each story.
EACH_STEP = [each for each in INVARIANTS if each.number != "V30"]


# A relay seals all the time: a slow machine is not to look like a dead one (V23 waits 10 seconds).
LONGEST_UNSEALED_SECONDS = 3


class House(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.directory = TemporaryDirectory()
        self.orders: list[Any] = []
        self.number = 0
        self.sealed_at = monotonic()

    @initialize()
    def open_house(self) -> None:
        self.world = World()
        self.simulator = CustodianSimulator(Path(self.directory.name) / "custodian.json")
        self.clients: dict[str, Client] = {
            name: self.world.client(name, USD="2000.00", BTC="0.02") for name in ("Alder", "Birch", "Cedar")
        }
        self.world.set_reference("60000.00")

    def step(self) -> int:
        self.number += 1
        self.world.at = MONDAY + timedelta(minutes=self.number)
        return self.number

    @rule(name=NAMES, amount=CENTS, known=st.booleans())
    def deposit(self, name: str, amount: Decimal, known: bool) -> None:
        reference = f"WIRE-{self.step()}"
        if known:
            self.simulator.receive(asset="USD", amount=amount, reference=reference, at=self.world.at)
        self.world.deposit(self.clients[name], "USD", str(amount), reference)

    @rule(
        name=NAMES,
        side=st.sampled_from(["BUY", "SELL"]),
        lots=LOTS,
        price=PRICES,
        in_force=st.sampled_from(["GTC", "IOC"]),
    )
    def place(self, name: str, side: str, lots: Decimal, price: Decimal, in_force: str) -> None:
        self._place(name, side, lots, str(price), time_in_force=in_force)

    @rule(name=NAMES, side=st.sampled_from(["BUY", "SELL"]), lots=LOTS)
    def place_at_market(self, name: str, side: str, lots: Decimal) -> None:
        self._place(name, side, lots, None)

    def _place(self, name: str, side: str, lots: Decimal, price: str | None, **terms: str) -> None:
        client = self.clients[name]
        client_order_id = f"O-{self.step()}"
        try:
            placed = self.world.place(client, client_order_id, side, str(lots), price, **terms)
        except Refusal as refused:
            assert refused.code in {"INSUFFICIENT_AVAILABLE", "PHASE_NOT_ALLOWED", "ACTION_NOT_PERMITTED"}, refused.code
            assert (refused.code == "ACTION_NOT_PERMITTED") == (side in self.denied(name)), refused
            return
        assert side not in self.denied(name)
        self.orders.append(placed.order.id)
        again = self.world.place(client, client_order_id, side, str(lots), price, **terms)
        assert (again.order.id, again.is_replay) == (placed.order.id, True)

    def denied(self, name: str) -> list[str]:
        return list(Profile.objects.get(pk=self.clients[name].profile_id).denied_actions)

    @rule(name=NAMES, kind=st.sampled_from(["SELL_ONLY", "DORMANT", "FROZEN", "CLOSED"]))
    def control(self, name: str, kind: str) -> None:
        """Set a control, or lift it where it is set; the sweep and the engine follow at once."""
        self.step()
        identity_id = ProfileMember.objects.get(profile_id=self.clients[name].profile_id).identity_id
        active = IdentityControl.objects.filter(identity_id=identity_id, kind=kind, cleared_at__isnull=True).first()
        if active is None:
            wish = ControlWish(kind, "OTHER")
            set_control(identity_id=identity_id, wish=wish, set_by=RULE, actor=SYSTEM, at=self.world.at)
        elif not active.needs_approval_to_clear:
            clear_control(
                control_id=active.pk, identity_id=identity_id, cleared_for=RULE, actor=SYSTEM, at=self.world.at
            )
        cancel_forbidden_orders(at=now())
        self.match()

    @precondition(lambda self: Deposit.objects.filter(status__in=["UNDER_REVIEW", "RETURNING"]).exists())
    @rule(data=st.data(), is_released=st.booleans())
    def decide_deposit(self, data: st.DataObject, is_released: bool) -> None:
        self.step()
        waiting = Deposit.objects.filter(status__in=["UNDER_REVIEW", "RETURNING"]).order_by("id")
        deposit = data.draw(st.sampled_from(list(waiting)))
        # Who lets it through is a person: V7 asks who it was.
        terms = {"deposit_id": deposit.pk, "actor": OFFICER, "at": self.world.at}
        if deposit.status == "RETURNING":
            complete_return(return_reference=f"OUT-{self.number}", **terms)
        elif is_released:
            release_deposit(reason="Story", **terms)
        else:
            return_deposit(reason="Story", **terms)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.step()
        order_id = data.draw(st.sampled_from(self.orders))
        is_closed = Order.objects.get(pk=order_id).status not in {"PENDING", "OPEN"}
        try:
            self.world.cancel(order_id)
        except Refusal as refused:
            assert (refused.code, is_closed) == ("ORDER_ALREADY_CLOSED", True)

    @rule()
    def match(self) -> None:
        while self.world.match().is_full:
            pass

    @rule()
    def lose_the_book(self) -> None:
        """As a killed matcher does: the next batch reads the book again."""
        forget_books()

    @rule(phase=st.sampled_from(["OPEN", "OPEN", "OPEN", "AUCTION", "POST_ONLY", "HALTED", "CANCEL_ONLY"]))
    def change_phase(self, phase: str) -> None:
        self.step()
        self.go(phase)

    def go(self, phase: str) -> None:
        """By the moves that there are: to OPEN by an auction where it must be, to anything else by OPEN."""
        now_in = self.world.market.phase
        if phase != now_in and not is_move_allowed(now_in, phase):
            self.go("AUCTION" if phase == "OPEN" else "OPEN")
        if is_move_allowed(self.world.market.phase, phase):
            self.world.change_phase(phase)
            self.match()

    @rule()
    def reconcile(self) -> None:
        self.step()
        at = self.world.at
        reconcile_omnibus(omnibus_id=self.world.omnibus["USD"], custodian=self.simulator, as_of=at, at=at)

    @rule()
    def seal(self) -> None:
        seal_outbox(at=now())
        seal_records(at=now())
        self.sealed_at = monotonic()

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "clients"):
            self.check(EACH_STEP)

    def check(self, invariants: Any) -> None:
        if monotonic() - self.sealed_at > LONGEST_UNSEALED_SECONDS:
            self.seal()
        with connection.cursor() as cursor:
            # What COMMIT would check.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        broken = [
            (each.number, each.examples, each.error)
            for each in verify_all(invariants, at=now())
            if each.count or each.error
        ]
        assert broken == []

    def teardown(self) -> None:
        try:
            if hasattr(self, "clients"):
                self.at_rest()
        finally:
            forget_books()
            transaction.savepoint_rollback(self.point)
            self.directory.cleanup()

    def at_rest(self) -> None:
        """Everything cancelled: nothing is held any more, and nothing came from nowhere."""
        self.change_phase("OPEN")
        # Open already, it has met nobody yet: what still waits for its turn is in the book before it is cancelled.
        self.match()
        for order_id in Order.objects.filter(status="OPEN").values_list("pk", flat=True):
            self.world.cancel(order_id)
        self.match()
        self.seal()
        self.check(INVARIANTS)
        assert not Order.objects.filter(status__in=["PENDING", "OPEN"]).exists()
        assert not LedgerAccount.objects.exclude(held=0).exists()


def test_every_story_keeps_the_books() -> None:
    number = int(os.environ.get("HYPOTHESIS_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"HYPOTHESIS_SEED={number}")
    bounded = settings(
        max_examples=8,
        stateful_step_count=20,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(House), settings=bounded)
