"""Two runs of one account at the same moment take turns: no break is carried on twice, none is lost, every COMMIT adds up."""

import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.models import Break, ReconciliationRun
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from tests.world import MONDAY, World


@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_moment_take_turns(tmp_path: Path) -> None:
    world = World()
    simulator = CustodianSimulator(tmp_path / "custodian.json")
    simulator.receive(asset="USD", amount=Decimal(5), reference="WIRE-1", at=MONDAY)
    at = MONDAY + timedelta(hours=1)
    reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=simulator, as_of=at, at=at)
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def run() -> None:
        try:
            start.wait()
            reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=simulator, as_of=at, at=at)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(ReconciliationRun.objects.values_list("run_version", flat=True)) == [1, 2, 3, 4, 5]
    assert Break.objects.filter(status="OPEN").count() == 1
    assert Break.objects.filter(status="CARRIED").count() == 4
