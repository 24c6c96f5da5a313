"""A process that ends at each named point of a withdrawal: money leaves once or not at all, and it is known which."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.failpoints import EXIT_CODE, VARIABLE
from settlement.models import Entry, Withdrawal
from tests.settlement.withdrawals.paying import Paying, all_holds
from tests.world import Client, World

pytestmark = pytest.mark.django_db(transaction=True)
# The point, and what is known right after the end: is there a withdrawal, its status, is the outcome unknown, has it left.
POINTS = [
    ("withdrawal.request.before_commit", None),
    ("withdrawal.request.after_commit", ("IN_REVIEW", False, False)),
    ("withdrawal.intent.before_commit", ("APPROVED", False, False)),
    ("withdrawal.intent.after_commit", ("APPROVED", True, False)),
    ("withdrawal.submit.after_call", ("APPROVED", True, False)),
    ("withdrawal.answer.before_commit", ("APPROVED", True, False)),
    ("withdrawal.answer.after_commit", ("SENT", False, False)),
    ("withdrawal.ask.after_call", ("SENT", False, True)),
    ("withdrawal.fate.before_commit", ("SENT", False, True)),
    ("withdrawal.fate.after_commit", ("COMPLETED", False, True)),
]


def run(step: str, paying: Paying, client: Client, directory: Path, point: str = "") -> int:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {"DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", VARIABLE: point}
    done = subprocess.run(
        [sys.executable, "-m", "tests.settlement.withdrawals.crashing", step, str(directory), str(client.profile_id),
         paying.at.isoformat()],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in {0, EXIT_CODE}, done.stderr.decode()[-2000:]
    return done.returncode


def payouts(directory: Path) -> dict[str, Any]:
    file = directory / "payouts.json"
    return json.loads(file.read_text()) if file.exists() else {}


def left(directory: Path) -> Decimal:
    """What the custodian saw leaving."""
    moved = json.loads((directory / "custodian.json").read_text())["MAIN:USD"]
    return -sum((Decimal(amount) for amount, _ in moved.values() if amount.startswith("-")), Decimal(0))


@pytest.mark.parametrize(("point", "known"), POINTS)
def test_it_leaves_once_or_not_at_all_and_it_is_known_which(
    point: str, known: tuple[str, bool, bool] | None, tmp_path: Path
) -> None:
    paying = Paying(World(), tmp_path)
    client = paying.client()
    paying.destination(client)
    step = "request" if point.startswith("withdrawal.request") else "sweep"
    if step == "sweep":
        paying.ask(client, "100.00")
    assert run(step, paying, client, tmp_path, point) == EXIT_CODE

    found = Withdrawal.objects.first()
    if known is None:
        assert found is None
        assert paying.world.balance(client, "USD") == (1000, 0)
        return
    assert found is not None
    assert (found.status, found.outcome_unknown, left(tmp_path) > 0) == known
    assert paying.world.balance(client, "USD")[1] == found.held
    all_holds()

    # Who comes next finds out: by asking, never by sending twice.
    for _ in range(3):
        paying.sweep(after=timedelta(minutes=2))
    assert Withdrawal.objects.get().status == "COMPLETED"
    assert left(tmp_path) == 100
    assert list(payouts(tmp_path)) == [str(found.pk)]
    assert Entry.objects.filter(source_id=found.pk).count() == 1
    assert paying.world.balance(client, "USD") == (885, 0)
    all_holds()
