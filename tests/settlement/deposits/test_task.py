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
from settlement.tasks import take_in_arrivals
from tests.settlement.deposits.arriving import NAMED, Arriving
from tests.world import World


def test_it_runs_every_two_seconds(settings: Any) -> None:
    beat = settings.CELERY_BEAT_SCHEDULE["take-in-arrivals"]
    assert (beat["task"], beat["schedule"]) == (take_in_arrivals.name, 2)


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
