"""When a delivery that failed is tried again, when it is given up, and how long an endpoint that fails is left alone."""

from datetime import datetime, timedelta
from hashlib import sha256

DELAYS_SECONDS = (5, 30, 120, 600, 1_800, 3_600)
LATER_SECONDS = 7_200
# The later tries of many deliveries, that failed together, do not come together.
SPREAD_PERCENT = 10
WINDOW = timedelta(hours=72)
# An endpoint that has failed so often in a row is asked with one delivery at a time, and rests between them.
FAILURES_BEFORE_REST = 3
_RESTS_SECONDS = (5, 30, 120, 600)


def delay_after(attempts: int, *, seed: str) -> timedelta:
    """How long after the ``attempts``-th try the next one is: 5 s, 30 s, 2, 10, 30 min, 1 h, then 2 h, give or take a tenth.

    ``seed`` names the delivery: the same delivery has the same delays.
    """
    if attempts <= len(DELAYS_SECONDS):
        return timedelta(seconds=DELAYS_SECONDS[attempts - 1])
    drawn = int.from_bytes(sha256(f"{seed} {attempts}".encode()).digest()[:4])
    most = LATER_SECONDS * SPREAD_PERCENT // 100
    return timedelta(seconds=LATER_SECONDS - most + drawn % (2 * most + 1))


def next_attempt_at(*, attempts: int, first_attempt_at: datetime, at: datetime, seed: str) -> datetime | None:
    """When a delivery is tried again whose ``attempts``-th try failed at ``at``; None where that were beyond 72 hours."""
    due = at + delay_after(attempts, seed=seed)
    return due if due <= first_attempt_at + WINDOW else None


def rest_until(*, failures: int, at: datetime) -> datetime | None:
    """Until when an endpoint is left alone that has failed ``failures`` times in a row, the last time at ``at``."""
    over = failures - FAILURES_BEFORE_REST
    if over < 0:
        return None
    return at + timedelta(seconds=_RESTS_SECONDS[min(over, len(_RESTS_SECONDS) - 1)])
