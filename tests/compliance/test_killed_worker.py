"""A worker that is killed at any point leaves nothing behind that the next one would trip over, and the
bytes are the same.
"""

import os
import random
import signal
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, connections

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.requeue_reports import requeue_reports
from compliance.operations.verify_report import verify_report
from compliance.operations.write_report import write_report
from core.clock import now
from core.operations.record_audit import SYSTEM
from tests.compliance.reporting import seal, trading_day, trail, write

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 10


def write_and_be_killed(run_id: UUID, store: ReportStore, keys: ManifestKeys, *, after_seconds: float) -> bool:
    """Write the run in a process of its own and kill that one; answers whether it was killed before it was
    done.
    """
    # A process must not inherit an open connection.
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            write_report(run_id=run_id, store=store, keys=keys, clock=now)
        finally:
            os._exit(0)
    time.sleep(after_seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_ten_random_points_it_still_gives_the_same_bytes(
    store: ReportStore, keys: ManifestKeys, settings
) -> None:
    settings.REPORT_MOST_ATTEMPTS = 1_000
    day = trading_day()
    seal()
    run_id = trail(day)
    moments = random.Random(7)
    # Right at the start nobody can be done yet; after that at random.
    kills = int(write_and_be_killed(run_id, store, keys, after_seconds=0.001))
    while kills < KILLS and ReportRun.objects.get(pk=run_id).state != "READY":
        kills += write_and_be_killed(run_id, store, keys, after_seconds=moments.uniform(0, 0.05))
        requeue_reports(at=now() + timedelta(hours=1))
    run = ReportRun.objects.get(pk=run_id)
    if run.state != "READY":
        run = write(run_id, store, keys)
    assert kills >= 1
    assert not list(store._root.rglob("*.part"))
    assert ReportFile.objects.filter(run=run).count() == 4
    assert (run.series_number, run.slot) == (1, None)
    assert verify_report(run_id=run_id, actor=SYSTEM, store=store, keys=keys, at=now()).result == "SAME"
    connection.close()
