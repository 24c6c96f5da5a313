"""One busy house for all tests of a module: built once, what each test does to it is rolled back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from core.clock import now
from core.operations.seal_outbox import seal_outbox
from core.operations.seal_records import seal_records
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from tests.world import MONDAY, World


def build_house(directory: Path) -> World:
    """Every kind of thing once: fills of makers and takers, an expiry, a cancel, a rejection, a self-trade prevented, open orders
    on both sides, one that waits, two reconciliations with a break carried on; all sealed.
    """
    world = World()
    alder, birch = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="3", USD="500.00")
    world.set_reference("60000.00")
    steps = (
        (birch, "B-1", "SELL", "1.5", "60000.00", {}),
        (alder, "A-1", "BUY", "1.0", "60100.00", {}),
        (alder, "A-2", "BUY", "0.3", "59990.50", {}),
        (birch, "B-2", "SELL", "0.25", None, {}),
        (birch, "B-3", "SELL", "0.1002", "59990.00", {"time_in_force": "IOC"}),
        (alder, "A-3", "BUY", "0.2", "59000.00", {}),
        (alder, "A-4", "SELL", "0.1", "58000.00", {}),
        (birch, "B-4", "BUY", "0.005", "58500.00", {}),
    )
    for client, name, side, amount, price, terms in steps:
        world.place(client, name, side, amount, price, **terms)
        world.match()
    world.cancel(world.order(birch, "B-4").pk)
    world.match()
    simulator = CustodianSimulator(directory / "custodian.json")
    simulator.receive(asset="USD", amount=Decimal(7), reference="WIRE-7", at=MONDAY)
    for hours in (1, 2):
        at = MONDAY + timedelta(hours=hours)
        reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=simulator, as_of=at, at=at)
    seal_outbox(at=now())
    seal_records(at=now())
    world.place(alder, "A-5", "BUY", "0.0001", "50000.00")
    return world


@pytest.fixture(scope="module")
def built_house(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with django_db_blocker.unblock():
        block = transaction.atomic()
        # As Django's own test case marks its block: operations may open their durable transactions in it.
        block._from_testcase = True
        with block:
            world = build_house(tmp_path_factory.mktemp("custodian"))
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            yield world
            transaction.set_rollback(True)


@pytest.fixture
def house(built_house: World, db: None) -> World:
    """The house; what the test does to it is rolled back by the test's own transaction inside the house's."""
    return built_house
