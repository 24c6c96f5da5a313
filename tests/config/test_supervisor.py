"""The supervisor holds what it starts: it comes back when it dies, stops in order, and leaves nothing behind."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from config.embedded.identity import current_identity
from config.supervisor import child as child_module
from config.supervisor.child import Child, ChildSpec
from config.supervisor.output import Output
from config.supervisor.supervisor import GivingUp, Supervisor
from tests.config.places import processes_naming

ROOT = Path(__file__).resolve().parents[2]


def a_child(name: str, program: str, **options) -> ChildSpec:
    argv = [sys.executable, "-c", textwrap.dedent(program)]
    return ChildSpec(name=name, argv=argv, env=dict(os.environ), identity=current_identity(), **options)


@pytest.fixture
def printed():
    return io.StringIO()


@pytest.fixture
def supervisor(printed):
    supervisor = Supervisor(Output(printed))
    yield supervisor
    supervisor.stop()
    supervisor.close()


def test_a_dead_child_starts_again(supervisor, printed):
    child = supervisor.start(a_child("sleeper", "import time; print('here', flush=True); time.sleep(60)"))
    supervisor.wait_until(lambda: "here" in printed.getvalue(), "the first start", 10)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    supervisor.wait_until(lambda: printed.getvalue().count("here") == 2, "the second start", 10)
    assert child.process.pid != first
    assert "sleeper was ended by SIGKILL; it starts again in 0.2 s" in printed.getvalue()


def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(supervisor, monkeypatch):
    monkeypatch.setattr(child_module, "BACKOFF_FIRST_S", 0.01)
    child = supervisor.start(a_child("broken", "import sys; print('no disk'); sys.exit(3)"))
    with pytest.raises(GivingUp) as refused:
        supervisor.wait_until(lambda: False, "never", 20)
    assert "broken ended with status 3 6 times in a row; given up" in str(refused.value)
    assert "no disk" in str(refused.value)
    assert child.restarts == 6


def test_each_wait_before_a_restart_is_twice_as_long_up_to_a_bound():
    child = Child(a_child("any", "pass"))
    child.started_at = 100.0
    waits = []
    while child.plan_restart(101.0):
        waits.append(round(child.restart_at - 101.0, 3))
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2]


def test_a_long_life_forgives_earlier_deaths():
    child = Child(a_child("any", "pass"), quick_deaths=5)
    child.started_at = 100.0
    assert child.plan_restart(100.0 + child_module.QUICK_DEATH_S)
    assert child.quick_deaths == 1


def test_a_wrong_configuration_is_given_up_at_once(supervisor):
    child = supervisor.start(a_child("pinned", "import sys; sys.exit(78)"))
    with pytest.raises(GivingUp, match="ended with status 78"):
        supervisor.wait_until(lambda: False, "never", 10)
    assert child.quick_deaths == 0


def test_children_stop_rank_by_rank(supervisor, printed, tmp_path):
    program = """
        import pathlib, signal, sys, time
        def end(number, frame):
            time.sleep({delay})
            with open({log!r}, "a") as log:
                log.write("{name}\\n")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("up {name}", flush=True)
        time.sleep(60)
    """
    log = str(tmp_path / "log")
    for name, rank, delay in (("store", 2, 0), ("web", 0, 0.3), ("worker", 1, 0.1)):
        supervisor.start(a_child(name, program.format(name=name, log=log, delay=delay), stop_rank=rank))
    supervisor.wait_until(lambda: printed.getvalue().count("up ") == 3, "all three", 10)
    supervisor.stop()
    assert Path(log).read_text().split() == ["web", "worker", "store"]
    assert all(child.process is None for child in supervisor.children)


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(supervisor, printed):
    marker = f"deaf-{os.getpid()}-{time.monotonic_ns()}"
    program = f"""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "{marker}"])
        print("deaf", flush=True)
        time.sleep(60)
    """
    supervisor.start(a_child("deaf", program, stop_limit_s=0.3))
    supervisor.wait_until(lambda: "| deaf" in printed.getvalue(), "it runs", 10)
    assert processes_naming(marker)
    supervisor.stop()
    assert "deaf did not stop in" in printed.getvalue()
    assert nothing_names(marker)


def test_lines_carry_the_name_and_no_colour_without_a_terminal(printed):
    output = Output(printed)
    assert output.feed("web", b"one\ntw") == ["one"]
    assert output.feed("web", b"o\n") == ["two"]
    output.feed("web", b"last")
    output.flush("web")
    assert printed.getvalue() == "web      | one\nweb      | two\nweb      | last\n"


SCRIPT = """
import sys
from config.embedded.identity import current_identity
from config.supervisor.child import ChildSpec
from config.supervisor.supervisor import Stopping, Supervisor

marker = sys.argv[1]
supervisor = Supervisor()
supervisor.install_signals()
for name in ("one", "two"):
    argv = [sys.executable, "-c", "import time; time.sleep(60)", marker]
    supervisor.start(ChildSpec(name=name, argv=argv, env={}, identity=current_identity()))
supervisor.output.write("started\\n")
try:
    supervisor.run()
except Stopping as name:
    supervisor.stop()
    supervisor.output.write(f"stopped by {name}\\n")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_however_the_supervisor_ends(number):
    marker = f"orphan-{os.getpid()}-{time.monotonic_ns()}"
    holder = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, marker], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert holder.stdout.readline() == "started\n"
    assert len(processes_naming(marker)) == 3
    holder.send_signal(number)
    said = holder.stdout.read()
    assert holder.wait(10) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    if number != signal.SIGKILL:
        assert f"stopped by {number.name}" in said
    assert nothing_names(marker)


def nothing_names(marker: str) -> bool:
    deadline = time.monotonic() + 5
    while processes_naming(marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
