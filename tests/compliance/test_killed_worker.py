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
from django.db import connections

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.requeue_reports import requeue_reports
from compliance.operations.verify_report import verify_report
from compliance.operations.write_report import write_report
from core.clock import now
from core.models import SealHead
from core.operations.record_audit import SYSTEM
from tests.compliance.reporting import seal, trading_day, trail, write

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 10


def write_in_a_process(run_id: UUID, store: ReportStore, keys: ManifestKeys) -> int:
    """Begin to write the run in a process of its own; its id."""
    # A process must not inherit an open connection.
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            write_report(run_id=run_id, store=store, keys=keys, clock=now)
        finally:
            os._exit(0)
    return child


def write_if_unfinished(run_id: UUID, store: ReportStore, keys: ManifestKeys) -> bool:
    """What the sweep and the next worker do; the database needs a moment to see that the killed one is gone."""
    deadline = time.monotonic() + 5
    while ReportRun.objects.get(pk=run_id).state != "READY":
        if requeue_reports(at=now() + timedelta(hours=1)):
            write(run_id, store, keys)
            return True
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return False


def test_killed_at_ten_random_points_it_still_gives_the_same_bytes(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    known_at = SealHead.objects.get().seal_seq
    began = time.monotonic()
    os.waitpid(write_in_a_process(trail(day, known_at=known_at), store, keys), 0)
    usual_seconds = time.monotonic() - began
    moments, kills = random.Random(7), 0
    for number in range(1, KILLS + 1):
        run_id = trail(day, known_at=known_at - number)
        child = write_in_a_process(run_id, store, keys)
        time.sleep(moments.uniform(0, usual_seconds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += write_if_unfinished(run_id, store, keys)
        run = ReportRun.objects.get(pk=run_id)
        assert (run.state, run.slot, run.series_number) == ("READY", None, number + 1)
        assert ReportFile.objects.filter(run=run).count() == 4
        assert not list(store._root.rglob("*.part"))
        assert verify_report(run_id=run_id, actor=SYSTEM, store=store, keys=keys, at=now()).result == "SAME"
    assert kills >= 1
