"""The states of a report run, and the legal moves between them."""

from enum import StrEnum


class RunState(StrEnum):
    """REQUESTED: asked for. QUEUED: may be written. RUNNING: a worker holds its lease. READY and FAILED are
    final.
    """

    REQUESTED = "REQUESTED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.REQUESTED: frozenset({RunState.QUEUED}),
    RunState.QUEUED: frozenset({RunState.RUNNING}),
    # Back to QUEUED when the worker's lease is over.
    RunState.RUNNING: frozenset({RunState.READY, RunState.FAILED, RunState.QUEUED}),
    RunState.READY: frozenset(),
    RunState.FAILED: frozenset(),
}


def can_move(before: RunState, after: RunState) -> bool:
    """Whether a run may go from `before` to `after` in one step."""
    return after in MOVES[before]
