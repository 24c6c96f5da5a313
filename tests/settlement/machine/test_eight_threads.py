"""Eight threads move money at once, each by the numbers of its own seed; afterwards everything adds up, and what the house has
acknowledged is what it has booked: no entry more, no entry less.

Two that waited for one another in a circle would be a deadlock, and somebody would be told of a fault of ours: there is none.
MONEY_SEED repeats a run, MONEY_ACTS asks for a longer one (acts of each thread).
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from copy import copy
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from settlement.models import Deposit, Withdrawal
from tests.crowd import THREADS, at_once
from tests.settlement.machine.adding_up import all_adds_up, booked_entries, every_invariant_holds
from tests.settlement.machine.moving import Booked, Moving, a_house_with_money

pytestmark = pytest.mark.django_db(transaction=True)

ACTS = int(os.environ.get("MONEY_ACTS", "40"))
# How often each act is done: value comes in and is judged more often than it leaves.
WEIGHTS = {
    "deposit": 4, "judge_deposit": 2, "finish_return": 2, "recall": 2, "withdraw": 6, "send": 4, "ask": 5, "stop": 2,
    "transfer": 6, "take_transfer_back": 2, "journal": 3, "take_journal_back": 1, "judge": 10, "sweep": 1,
}  # fmt: skip


def deadlocks() -> int:
    with connection.cursor() as cursor:
        # The figures of this moment, not those that the session has seen before.
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


class Mover:
    """One thread: its own numbers, its own references, and what it was told."""

    def __init__(self, house: Moving, number: int, seed: int) -> None:
        self.house = copy(house)
        self.house.paying = copy(house.paying)
        self.house.world = copy(house.world)
        self.house.booked = set()
        self.house.number = 1_000_000 * (number + 1)
        self.random = random.Random(seed * THREADS + number)
        self.told: Counter[str] = Counter()

    def run(self) -> tuple[Booked, Counter[str]]:
        names = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=ACTS)
        for name in names:
            self.house.paying.at += timedelta(seconds=1)
            act: Callable[..., Booked] = getattr(self.house, name)
            given = self.given(name)
            self.told[self.house.do(lambda act=act, given=given: act(*given))] += 1
        return self.house.booked, self.told

    def given(self, name: str) -> tuple[Any, ...]:
        any_number = self.random.randrange
        legs = [(any_number(60), any_number(60), self.amount()) for _ in range(any_number(1, 4))]
        return {
            "deposit": (any_number(60), self.amount()),
            "judge_deposit": (any_number(60), self.random.random() < 0.5),
            "withdraw": (any_number(60), self.amount(), any_number(60), self.random.random() < 0.5),
            "stop": (any_number(60), any_number(60)),
            "transfer": (legs,),
            "journal": (legs,),
            "judge": (any_number(60), any_number(60), any_number(60)),
            "sweep": (any_number(3),),
        }.get(name, (any_number(60),))

    def amount(self) -> Decimal:
        return (
            Decimal(self.random.choice([self.random.randrange(3_000, 90_000), self.random.randrange(1, 300_000)])) / 100
        )


def acknowledged(booked: list[Booked]) -> set[tuple[str, UUID]]:
    """What the threads were told, and what the states of withdrawals say: those that a sweep took on have no teller."""
    known = {what for each in booked for what in each}
    for key, status in Withdrawal.objects.values_list("pk", "status"):
        known |= {("WITHDRAWAL", key)} if status in ("COMPLETED", "RETURNED") else set()
        known |= {("WITHDRAWAL_RETURNED", key)} if status == "RETURNED" else set()
    return known


def test_what_is_acknowledged_is_booked_once_and_everything_adds_up(tmp_path: Path) -> None:
    seed = int(os.environ.get("MONEY_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"MONEY_SEED={seed}")
    house = a_house_with_money(tmp_path)
    before, circles = booked_entries(), deadlocks()
    movers = [Mover(house, number, seed) for number in range(THREADS)]
    done = at_once(Mover.run, movers)

    told = sum((each for _, each in done), Counter())
    print(dict(told), dict(Counter(kind for kind, _ in (booked_entries() - before).elements())))
    assert told["DONE"] > THREADS * ACTS / 3, told
    all_adds_up()
    every_invariant_holds()
    booked = booked_entries() - before
    assert set(booked.values()) == {1}
    assert acknowledged([each for each, _ in done]) == set(booked)
    assert deadlocks() == circles
    assert Deposit.objects.filter(status="CREDITED").exists()
