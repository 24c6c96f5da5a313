"""The money side under whatever Hypothesis thinks of: deposits, reviews, withdrawals through a gateway that fails, transfers,
journals, reversals. After every step everything adds up.

What it finds it shrinks to the shortest story. HYPOTHESIS_SEED repeats a run, MONEY_STORIES asks for a longer one.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
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

from accounts.models import ApprovalRequest
from settlement.models import Deposit, InternalTransfer, ManualJournal, Withdrawal
from settlement.operations.close_due_days import close_due_days
from tests.settlement.machine.adding_up import ENDED, all_adds_up, booked_entries, every_invariant_holds
from tests.settlement.machine.moving import Booked, a_house_with_money
from trading.operations.match_market import forget_books

pytestmark = pytest.mark.django_db

STORIES, STEPS = int(os.environ.get("MONEY_STORIES", "5")), 25
ASKABLE = ["SENT", "ERRORED", "COMPLETED"]
ANY = st.integers(0, 59)
# Mostly what a client has; some that is too little to be sent, the last that needs nobody's approval, all of it, and too much.
AMOUNTS = st.one_of(
    st.integers(30, 900).map(Decimal),
    st.integers(1, 200_000).map(lambda cents: Decimal(cents) / 100),
    st.sampled_from(
        [Decimal("999.99"), Decimal("1000.00"), Decimal("4985.00"), Decimal("5000.00"), Decimal("10000.00")]
    ),
)
LEGS = st.lists(st.tuples(ANY, ANY, AMOUNTS), min_size=1, max_size=3)


class Money(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.directory = TemporaryDirectory()

    @initialize()
    def open_house(self) -> None:
        self.house = a_house_with_money(Path(self.directory.name))
        self.before = booked_entries()
        # The story begins in the midst of a day: one of each waits for somebody.
        self.do(self.house.deposit, 2, Decimal("40.00"))
        self.do(self.house.withdraw, 0, Decimal("1200.00"), 0, True)
        self.do(self.house.withdraw, 1, Decimal("85.00"), 5, True)
        self.do(self.house.transfer, [(0, 1, Decimal("1100.00"))])
        self.do(self.house.transfer, [(1, 4, Decimal("300.00"))])
        self.do(self.house.journal, [(0, 2, Decimal("70.00"))])
        self.do(self.house.sweep, 0)

    def is_there(self, rows: Any) -> bool:
        return hasattr(self, "before") and bool(rows.exists())

    def do(self, act: Callable[..., Booked], *given: object) -> None:
        self.house.paying.at += timedelta(seconds=1)
        self.house.world.at = self.house.paying.at
        self.house.do(lambda: act(*given))

    @rule(who=ANY, amount=AMOUNTS)
    def deposit(self, who: int, amount: Decimal) -> None:
        self.do(self.house.deposit, who, amount)

    @precondition(lambda self: self.is_there(Deposit.objects.filter(status="UNDER_REVIEW")))
    @rule(which=ANY, is_released=st.booleans())
    def judge_deposit(self, which: int, is_released: bool) -> None:
        self.do(self.house.judge_deposit, which, is_released)

    @precondition(lambda self: self.is_there(Deposit.objects.filter(status="RETURNING")))
    @rule(which=ANY)
    def finish_return(self, which: int) -> None:
        self.do(self.house.finish_return, which)

    @rule(which=ANY)
    def recall(self, which: int) -> None:
        self.do(self.house.recall, which)

    @rule(who=ANY, amount=AMOUNTS, fate=ANY, is_net=st.booleans())
    def withdraw(self, who: int, amount: Decimal, fate: int, is_net: bool) -> None:
        self.do(self.house.withdraw, who, amount, fate, is_net)

    @precondition(lambda self: self.is_there(Withdrawal.objects.filter(status="APPROVED")))
    @rule(which=ANY)
    def send(self, which: int) -> None:
        self.do(self.house.send, which)

    @precondition(lambda self: self.is_there(Withdrawal.objects.filter(status__in=ASKABLE)))
    @rule(which=ANY)
    def ask(self, which: int) -> None:
        self.do(self.house.ask, which)

    @precondition(lambda self: self.is_there(Withdrawal.objects.exclude(status__in=ENDED)))
    @rule(which=ANY, how=ANY)
    def stop(self, which: int, how: int) -> None:
        self.do(self.house.stop, which, how)

    @rule(legs=LEGS)
    def transfer(self, legs: list[tuple[int, int, Decimal]]) -> None:
        self.do(self.house.transfer, legs)

    @precondition(lambda self: self.is_there(InternalTransfer.objects.filter(status="EXECUTED", reverses__isnull=True)))
    @rule(which=ANY)
    def take_transfer_back(self, which: int) -> None:
        self.do(self.house.take_transfer_back, which)

    @rule(lines=LEGS)
    def journal(self, lines: list[tuple[int, int, Decimal]]) -> None:
        self.do(self.house.journal, lines)

    @precondition(lambda self: self.is_there(ManualJournal.objects.filter(status="POSTED", reverses__isnull=True)))
    @rule(which=ANY)
    def take_journal_back(self, which: int) -> None:
        self.do(self.house.take_journal_back, which)

    @precondition(lambda self: self.is_there(ApprovalRequest.objects.filter(status="PENDING")))
    @rule(which=ANY, who=ANY, verdict=ANY)
    def judge(self, which: int, who: int, verdict: int) -> None:
        self.do(self.house.judge, which, who, verdict)

    @rule(minutes=st.sampled_from([0, 2, 70]))
    def sweep(self, minutes: int) -> None:
        self.do(self.house.sweep, minutes)

    @rule()
    def a_day_ends(self) -> None:
        """What comes afterwards counts for the days that are open, and every account stands written."""
        self.house.paying.at += timedelta(hours=20)
        self.house.world.at = self.house.paying.at
        close_due_days(at=self.house.paying.at)

    @invariant()
    def everything_adds_up(self) -> None:
        if not hasattr(self, "before"):
            return
        with connection.cursor() as cursor:
            # What COMMIT would check.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        all_adds_up()
        booked = booked_entries() - self.before
        assert not [what for what, count in booked.items() if count > 1]
        # A sweep books what its withdrawals' states say, which has just been added up.
        assert {what for what in booked if not what[0].startswith("WITHDRAWAL")} == {
            what for what in self.house.booked if not what[0].startswith("WITHDRAWAL")
        }

    def teardown(self) -> None:
        try:
            if hasattr(self, "before"):
                every_invariant_holds()
        finally:
            forget_books()
            transaction.savepoint_rollback(self.point)
            self.directory.cleanup()


def test_whatever_happens_to_money_the_books_add_up() -> None:
    number = int(os.environ.get("HYPOTHESIS_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"HYPOTHESIS_SEED={number}")
    bounded = settings(
        max_examples=STORIES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Money), settings=bounded)
