"""`manage.py up` as a person meets it: ready in seconds, whole again after every kill, gone when told to go."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.config.places import open_place, processes_naming

pytestmark = pytest.mark.drill
# A loaded machine is slow; here only hangs are judged, the seconds of a recovery are measured elsewhere.
HANG_S = 60
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "manage.py", "up", "--no-demo", "--port", "8450"]
NOT_OURS = ("COUNTINGHOUSE_", "DATABASE_", "CELERY_", "CHANNEL_", "PYTEST_")


class RunningStack:
    """One `up` with a state directory of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.log_path = state.parent / "log"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        self.env["COUNTINGHOUSE_STATE_DIR"] = str(state)
        self.process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=self.env, stdout=self.log_path.open("ab"), stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_for(self, holds, what: str, limit_s: float = 60.0) -> float:
        began = time.monotonic()
        while not holds():
            assert self.process.poll() is None, f"up has ended: {self.log[-3000:]}"
            assert time.monotonic() - began < limit_s, f"{what}: not in {limit_s} s\n{self.log[-3000:]}"
            time.sleep(0.05)
        return time.monotonic() - began

    @property
    def address(self) -> str:
        found = re.search(r"http://localhost:(\d+)/ops/", self.log)
        assert found, self.log
        return f"http://127.0.0.1:{found.group(1)}"

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def pids(self, *words: str) -> list[int]:
        lines = [line for line in processes_naming(str(self.state)) if all(word in line for word in words)]
        return [int(line.split()[0]) for line in lines]


@pytest.fixture
def stack():
    with open_place() as place:
        stack = RunningStack(place / "state")
        try:
            stack.wait_for(lambda: "Countinghouse is ready" in stack.log, "ready")
            yield stack
        finally:
            if stack.process.poll() is None:
                stack.process.kill()
            stack.process.wait()
            assert nothing_runs_in(stack.state)


def nothing_runs_in(state: Path) -> bool:
    deadline = time.monotonic() + 10
    while processes_naming(str(state)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_it_comes_back_after_each_kill_and_leaves_nothing(stack):
    assert stack.answers("/healthz")
    assert stack.answers("/readyz")

    second = subprocess.run(COMMAND, cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert "It listens at http://localhost:" in second.stderr

    for name, words in (("web", ("config.serve",)), ("matcher", ("-Q match",)), ("valkey", ("valkey-server",))):
        old = stack.pids(*words)
        os.kill(min(old), signal.SIGKILL)
        stack.wait_for(lambda words=words, old=old: set(stack.pids(*words)) - set(old), f"{name} is back", HANG_S)
        assert f"{name} was ended by SIGKILL" in stack.log
    stack.wait_for(lambda: stack.answers("/readyz"), "it answers", HANG_S)

    old = stack.pids("postgres", "-D")
    os.kill(min(old), signal.SIGKILL)
    stack.wait_for(lambda: "postgres was ended by SIGKILL" in stack.log, "the death is seen", HANG_S)
    stack.wait_for(lambda: stack.answers("/readyz"), "the database is back", HANG_S)

    stack.process.send_signal(signal.SIGTERM)
    assert stack.process.wait(40) == 0
    assert "nothing is left running" in stack.log
    assert nothing_runs_in(stack.state)


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_is_clean(stack):
    stack.process.kill()
    stack.process.wait()
    assert nothing_runs_in(stack.state)
    again = RunningStack(stack.state)
    try:
        again.wait_for(lambda: again.log.count("Countinghouse is ready") == 2, "ready again")
        assert again.answers("/readyz")
        # A closed terminal.
        again.process.send_signal(signal.SIGHUP)
        assert again.process.wait(40) == 0
    finally:
        if again.process.poll() is None:
            again.process.kill()
            again.process.wait()
