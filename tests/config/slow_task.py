"""A Celery app as ours with one task more, which a test can hold up: `celery -A tests.config.slow_task worker`."""

import os
import time
from pathlib import Path

from config.celery import app

HELD_MOST_S = 15


@app.task(name="tests.config.slow")
def slow(directory: str) -> None:
    """Say that it has begun, wait for the file `go`, say that it is done."""
    place = Path(directory)
    (place / f"begun-{os.getpid()}").touch()
    deadline = time.monotonic() + HELD_MOST_S
    while not (place / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    (place / f"done-{os.getpid()}").touch()
