"""Send a file's rows along a road, one by one and in their order, and count what comes of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.replay.journal import RefusalJournal
from config.replay.outcome import Outcome
from config.replay.road import Road
from config.replay.rows import Malformed, Row, read_rows
from core.domain.refusals import Refusal

# With its own matcher a replay matches after so many rows, always the same: what a MARKET order meets does not depend on speed.
ROWS_A_MATCH = 500
PROBLEMS_KEPT = 20
REPORT_SECONDS = 5.0
IDLE_LIMIT_SECONDS = 60.0
IDLE_POLL_SECONDS = 0.2


class NotMatched(Exception):
    """The house did not match what was sent within the limit."""


@dataclass(slots=True)
class Replay:
    """One run of one file."""

    road: Road
    journal: RefusalJournal
    say: Callable[[str], None]
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, path: Path) -> Outcome:
        """Send every row and wait until all is matched. Raises ``FileRefused`` before the first, ``NotMatched`` at the end."""
        self.road.begin()
        begun = reported = time.monotonic()
        for row in read_rows(path):
            self.outcome.rows += 1
            self._send(row)
            if self.outcome.rows % ROWS_A_MATCH == 0:
                self.road.match()
            if time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                self.say(f"{self.outcome.rows} rows, {self.outcome.rows / (reported - begun):.0f} a second")
        self.road.match()
        self._wait_until_matched()
        self.outcome.seconds = time.monotonic() - begun
        return self.outcome

    def _send(self, row: Row | Malformed) -> None:
        outcome = self.outcome
        if isinstance(row, Malformed):
            outcome.malformed.add(row.line)
            if len(outcome.problems) < PROBLEMS_KEPT:
                outcome.problems.append(f"line {row.line}: {row.problem}")
            return
        known = self.journal.known_refusal(row.line)
        if known is not None:
            outcome.refuse(known, row.line)
            return
        try:
            is_new = self.road.cancel(row) if row.is_cancel else self.road.place(row)
        except Refusal as refusal:
            outcome.refuse(refusal.code, row.line)
            self.journal.note(row.line, refusal.code)
            return
        if not is_new:
            outcome.known += 1
        elif row.is_cancel:
            outcome.cancelled += 1
        else:
            outcome.placed += 1

    def _wait_until_matched(self) -> None:
        deadline = time.monotonic() + IDLE_LIMIT_SECONDS
        while not self.road.is_idle():
            if time.monotonic() > deadline:
                raise NotMatched(
                    f"not all matched within {IDLE_LIMIT_SECONDS:.0f} s: do the workers run? (--match does it here)"
                )
            time.sleep(IDLE_POLL_SECONDS)
