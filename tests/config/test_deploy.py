"""The example of a deployment names what is there: variables that are read, modules that load, queues that have work."""

import importlib.util
import re
from pathlib import Path

import pytest
from django.conf import settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def command_of(unit: Path) -> str:
    (line,) = re.findall(r"^ExecStart=/opt/countinghouse/\.venv/bin/(.*)$", unit.read_text(), re.M)
    return str(line)


def test_every_variable_of_ours_in_the_example_is_read() -> None:
    named = set(re.findall(r"^(COUNTINGHOUSE_\w+)=", (DEPLOY / "countinghouse.env.example").read_text(), re.M))

    assert named
    assert named <= settings.KNOWN_VARIABLES


def test_every_variable_that_the_settings_read_may_be_set() -> None:
    groups = (DEPLOY.parent / "config").glob("*settings.py")
    source = "".join(each.read_text() for each in (*groups, DEPLOY.parent / "config" / "environment.py"))

    assert set(re.findall(r'"(COUNTINGHOUSE_[A-Z_]+)"', source)) <= settings.KNOWN_VARIABLES


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_something_that_exists(unit: Path) -> None:
    words = command_of(unit).split()
    modules = [word.partition(":")[0] for word in words if re.fullmatch(r"config\.\w+(:application)?", word)]

    assert modules or words[:3] == ["python", "manage.py", "relay"]
    assert all(importlib.util.find_spec(module) for module in modules)
    assert "RestartPreventExitStatus=78" in unit.read_text()


def test_the_workers_together_take_every_queue() -> None:
    taken = {
        queue for unit in UNITS for queues in re.findall(r"-Q (\S+)", command_of(unit)) for queue in queues.split(",")
    }

    assert taken == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_who_waits_for_events_keeps_a_quarter_of_the_threads_at_most() -> None:
    unit = (DEPLOY / "systemd" / "countinghouse-web.service").read_text()
    (threads,) = re.findall(r"--blocking-threads (\d+)", unit)
    assert int(threads) >= settings.EVENT_WAITERS * 4
