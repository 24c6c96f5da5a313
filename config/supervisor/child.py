"""One supervised process: how it is started, whether it may start again, and how it is stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from config.embedded.identity import Identity
from config.embedded.linux import dying_with

BACKOFF_FIRST_S = 0.2
BACKOFF_LONGEST_S = 5.0
QUICK_DEATHS_MOST = 6
# A process that lived this long had a good start: its next death begins the count anew.
QUICK_DEATH_S = 20.0
# This status means that another start will end the same way (sysexits' EX_CONFIG).
EXIT_CONFIGURATION = 78
_TAIL_LINES = 12


@dataclass(frozen=True)
class ChildSpec:
    """What a child is: its command, and the signals and seconds of its stop."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    identity: Identity
    stop_signal: int = signal.SIGTERM
    stop_limit_s: float = 10.0
    # Sent by the kernel when the supervisor is killed: the quickest orderly end.
    orphan_signal: int = signal.SIGTERM
    cwd: str = "/"
    # Open sockets that it inherits, by their numbers.
    pass_fds: tuple[int, ...] = ()
    # Children of one rank are stopped together, the ranks in rising order.
    stop_rank: int = 0
    # Called before each start: left-overs of the last run are cleared away.
    prepare: Callable[[], None] | None = None
    # Whether it serves already; None: as soon as it runs.
    is_ready: Callable[[], bool] | None = None


@dataclass
class Child:
    """The life of one child: its process, its deaths, and when it may start again."""

    spec: ChildSpec
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    restart_at: float | None = None
    quick_deaths: int = 0
    restarts: int = 0
    has_been_ready: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    @property
    def is_running(self) -> bool:
        """Whether its process has been started and not been seen dead."""
        return self.process is not None

    @property
    def output(self) -> IO[bytes]:
        """The pipe with everything the process prints."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"{self.spec.name} does not run")
        return self.process.stdout

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl-C in the terminal reaches the supervisor alone.

        Must be called from the main thread: the kernel ties the child to the thread that started it.
        """
        if self.spec.prepare:
            self.spec.prepare()
        self.process = subprocess.Popen(
            list(self.spec.argv),
            env=dict(self.spec.env),
            cwd=self.spec.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.spec.pass_fds,
            start_new_session=True,
            preexec_fn=dying_with(os.getpid(), self.spec.orphan_signal),
            **self.spec.identity.popen_arguments(),
        )
        os.set_blocking(self.output.fileno(), False)
        self.started_at = time.monotonic()
        self.restart_at = None
        self.has_been_ready = False

    def poll_ready(self) -> bool:
        """Whether it serves; asked of the process until the answer is yes for the first time."""
        if not self.has_been_ready and self.is_running:
            self.has_been_ready = self.spec.is_ready is None or self.spec.is_ready()
        return self.has_been_ready

    def poll_death(self) -> int | None:
        """The status it ended with, once; whatever it left in its session is killed."""
        if self.process is None:
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.kill_group(signal.SIGKILL)
        return status

    def forget_process(self) -> None:
        """Close the pipe of a dead process."""
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def plan_restart(self, now: float) -> bool:
        """Count the death and set when it starts again, later each time. False: it died too often too quickly."""
        if now - self.started_at >= QUICK_DEATH_S:
            self.quick_deaths = 0
        self.quick_deaths += 1
        self.restarts += 1
        if self.quick_deaths >= QUICK_DEATHS_MOST:
            return False
        self.restart_at = now + min(BACKOFF_FIRST_S * 2 ** (self.quick_deaths - 1), BACKOFF_LONGEST_S)
        return True

    def send_stop(self) -> None:
        """Ask the process to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.spec.stop_signal)

    def wait(self) -> None:
        """Wait for the end of a process that has been killed."""
        if self.process is not None:
            self.process.wait()

    def kill_group(self, number: int) -> None:
        """Send a signal to everything in the child's session."""
        if self.process is not None:
            # The group is gone when the process was alone in it and has been waited for.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)
