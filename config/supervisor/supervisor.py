"""The loop: starts children, carries their output, starts dead ones again, and stops all in order.

One thread and no locks: pipes and signals wake the loop, which also makes `preexec_fn` safe to use.
"""

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from types import FrameType

from config.supervisor.child import EXIT_CONFIGURATION, Child, ChildSpec
from config.supervisor.output import Output

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TICK_S = 0.2
_READ_BYTES = 65_536


class GivingUp(RuntimeError):
    """The stack cannot go on; the text says which process and what it said last."""


class Stopping(Exception):
    """A signal asked us to stop."""


class Supervisor:
    """Holds children, in the order of their start."""

    def __init__(self, output: Output | None = None) -> None:
        self.output = output or Output()
        self.children: list[Child] = []
        self._jobs: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop: int | None = None
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def install_signals(self) -> None:
        """Take the signals that ask us to stop, and wake up when a child dies."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def start(self, spec: ChildSpec) -> Child:
        """Start a child and keep it running from now on."""
        child = Child(spec)
        self.children.append(child)
        self._start_process(child)
        return child

    def begin(self, spec: ChildSpec) -> Child:
        """Start a child that runs once; `finish` waits for its end."""
        job = Child(spec)
        self._jobs.append(job)
        self._start_process(job)
        return job

    def finish(self, job: Child) -> None:
        """Wait for the end of a job while the others are looked after. Refused when it ends with another status than 0."""
        while (status := job.poll_death()) is None:
            self._turn()
        self._drain(job)
        self._forget(job)
        self._jobs.remove(job)
        if status != 0:
            raise GivingUp(self._last_words(job, status))

    def wait_until(self, holds: Callable[[], bool], what: str, limit_s: float) -> None:
        """Look after the children until a condition holds. Refused when that takes too long."""
        deadline = time.monotonic() + limit_s
        while not holds():
            if time.monotonic() > deadline:
                raise GivingUp(f"{what}: not within {limit_s:.0f} s")
            self._turn(0.03)

    def run(self) -> None:
        """Look after the children until a signal asks us to stop (Stopping) or one is given up (GivingUp)."""
        while True:
            self._turn()

    def stop(self) -> None:
        """Stop the children rank by rank, each within its limit, then by force; nothing is left when this returns.

        A second signal while stopping does not wait any longer.
        """
        self._asked_to_stop = None
        for child in self.children:
            child.restart_at = None
        for job in self._jobs:
            job.kill_group(signal.SIGKILL)
            job.wait()
            self._drain(job)
            self._forget(job)
        for rank in sorted({child.spec.stop_rank for child in self.children}):
            self._stop_rank([child for child in self.children if child.spec.stop_rank == rank and child.is_running])

    def close(self) -> None:
        """Give the signals and pipes back."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in (self._wake_read, self._wake_write):
            os.close(end)

    def _on_stop_signal(self, number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = number

    def _turn(self, wait_s: float = _TICK_S) -> None:
        """Carry output, see deaths, start what is due. Raises Stopping after a signal."""
        self._carry_output(wait_s)
        if self._asked_to_stop is not None:
            raise Stopping(signal.Signals(self._asked_to_stop).name)
        now = time.monotonic()
        for child in self.children:
            status = child.poll_death()
            if status is not None:
                self._on_death(child, status, now)
            elif child.restart_at is not None and now >= child.restart_at:
                self._start_process(child)

    def _start_process(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _on_death(self, child: Child, status: int, now: float) -> None:
        self._drain(child)
        self._forget(child)
        if status == EXIT_CONFIGURATION or not child.plan_restart(now):
            raise GivingUp(self._last_words(child, status))
        in_s = (child.restart_at or now) - now
        self.output.say("up", f"{child.spec.name} {_ending(status)}; it starts again in {in_s:.1f} s")

    def _carry_output(self, wait_s: float) -> None:
        for key, _ in self._selector.select(wait_s):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, _READ_BYTES)
            else:
                self._read(key.data)

    def _read(self, child: Child) -> bool:
        """Print what there is to read of a child; False when there is nothing more."""
        try:
            data = os.read(child.output.fileno(), _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            child.tail.extend(self.output.feed(child.spec.name, data))
        else:
            self._unregister(child)
        return bool(data)

    def _drain(self, child: Child) -> None:
        while child.is_running and self._read(child):
            continue
        self.output.flush(child.spec.name)

    def _unregister(self, child: Child) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.output)

    def _forget(self, child: Child) -> None:
        if child.is_running:
            self._unregister(child)
        child.forget_process()

    def _stop_rank(self, children: list[Child]) -> None:
        began = time.monotonic()
        for child in children:
            child.send_stop()
        while running := [child for child in children if child.poll_death() is None]:
            self._carry_output(0.05)
            waited_s = time.monotonic() - began
            for child in running:
                limit_s = child.spec.stop_limit_s if self._asked_to_stop is None else 0.0
                if waited_s > limit_s:
                    self.output.say("up", f"{child.spec.name} did not stop in {waited_s:.1f} s and is killed")
                    child.kill_group(signal.SIGKILL)
                    child.wait()
        for child in children:
            self._drain(child)
            self._forget(child)

    def _last_words(self, child: Child, status: int) -> str:
        said = "\n".join(f"    {line}" for line in child.tail)
        often = f" {child.quick_deaths} times in a row" if child.quick_deaths > 1 else ""
        return f"{child.spec.name} {_ending(status)}{often}; given up. It said last:\n{said}"


def _ending(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
