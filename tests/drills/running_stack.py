"""`manage.py up` on a state directory of its own, the processes below it by name, and its database for looking."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from config.embedded import paths
from config.embedded.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = ("COUNTINGHOUSE_", "DATABASE_", "CELERY_", "CHANNEL_", "PYTEST_", "PORT")
# What tells the processes apart by their command lines. The first match in this order counts.
NAMES = {
    "postgres": re.compile(r"postgres -D "),
    "matcher": re.compile(r" -Q match "),
    "web": re.compile(r"config\.serve"),
    "relay": re.compile(r"manage\.py relay"),
}


class RunningStack:
    """Started by the product's own launcher; killed processes are its children or theirs, and killed by pid."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.log_path = state.parent / "log"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        self.env["COUNTINGHOUSE_STATE_DIR"] = str(state)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_for(self, holds: Callable[[], Any], what: str, limit_s: float) -> float:
        """Seconds until ``holds()`` does; fails after ``limit_s``."""
        began = time.monotonic()
        while not holds():
            assert self.process.poll() is None, f"up has ended: {self.log[-3000:]}"
            assert time.monotonic() - began < limit_s, f"{what}: not in {limit_s} s\n{self.log[-3000:]}"
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: "Countinghouse is ready" in self.log, "ready", 90)

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A management command beside the running stack, as the owner of the database."""
        url = Postgres(self.state).url(paths.OWNER_ROLE)
        env = self.env | {"COUNTINGHOUSE_PROCESS": "owner", "DATABASE_OWNER_URL": url}
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        host = str(paths.socket_dir(self.state, "pg"))
        with psycopg.connect(host=host, user=paths.OWNER_ROLE, dbname=paths.DATABASE_NAME, connect_timeout=5) as open_:
            return open_.execute(sql).fetchall()  # type: ignore[call-overload]

    def pid(self, name: str) -> int | None:
        """The process of that name among the launcher's children."""
        for pid in _children(self.process.pid):
            if NAMES[name].search(_command_line(pid)):
                return pid
        return None

    def kill(self, name: str) -> int:
        """SIGKILL to the process; answers its pid."""
        pid = self.pid(name)
        assert pid is not None, f"no {name} runs\n{self.log[-2000:]}"
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_pool_child(self) -> int:
        """SIGKILL to the matcher's pool process, the one that holds the book."""
        main = self.pid("matcher")
        assert main is not None, self.log[-2000:]
        child = _children(main)[0]
        os.kill(child, signal.SIGKILL)
        return child

    def stop(self) -> int:
        """As Ctrl-C does; the status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""
