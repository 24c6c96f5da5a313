"""The sweep that takes arrivals in: on the clock, from the feeds that are installed, and from none in production."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.operations.record_audit import SYSTEM
from settlement.gateways.arrivals import installed_feeds
from settlement.gateways.chain_simulator import ChainSimulator
from settlement.models import Deposit, DepositInstruction
from settlement.operations.open_deposit_instruction import open_deposit_instruction
from settlement.tasks import screen_deposits, take_in_arrivals
from tests.settlement.deposits.arriving import NAMED, Arriving
from tests.world import World


@pytest.mark.parametrize(
    ("name", "task"), [("take-in-arrivals", take_in_arrivals), ("screen-deposits", screen_deposits)]
)
def test_it_runs_every_two_seconds(settings: Any, name: str, task: Any) -> None:
    beat = settings.CELERY_BEAT_SCHEDULE[name]
    assert (beat["task"], beat["schedule"]) == (task.name, 2)


@pytest.mark.django_db
def test_it_reads_the_installed_feeds(tmp_path: Path, settings: Any) -> None:
    settings.STATE_DIR = tmp_path
    arriving = Arriving(World(), tmp_path)
    client = arriving.world.client("Alder")
    instruction_id = open_deposit_instruction(
        profile_id=client.profile_id, rail_id=arriving.bitcoin, actor=SYSTEM, at=clock.now()
    )
    address = DepositInstruction.objects.get(pk=instruction_id).address
    chain = installed_feeds()["SIMULATOR", "CHAIN"]
    assert isinstance(chain, ChainSimulator)
    chain.send(
        asset="BTC", network="BITCOIN", address=address, amount=Decimal("0.5"), reference="TX-1:0", at=clock.now(),
        sender=NAMED,
    )  # fmt: skip
    chain.mine(2, at=clock.now())
    assert take_in_arrivals() == 2
    assert Deposit.objects.get().status == "CREDITED"
    assert take_in_arrivals() == 0


def test_in_production_nobody_tells_of_anything_yet(settings: Any) -> None:
    settings.IS_PRODUCTION = True
    assert installed_feeds() == {}
