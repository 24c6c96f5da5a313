"""B10: the general ledger of 1,000,000 rows as files: both sides of 500,000 postings, each with the account's balance after it.

Each export is a process of its own (``b10_exporter.py``), with a peak of memory of its own. The floor is PostgreSQL alone: COPY
of the same query to a file. Product and floor take turns.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.history_seed import make_history
from bench.stack import application_environment
from config.embedded import paths
from core.clock import now
from core.operations.seal_records import seal_records
from settlement.models import Entry

ROWS, TURNS = 1_000_000, 3
# What is reached for, in seconds.
BARS = {"CSV": 5, "PARQUET": 8}
MOST_MEGABYTES = 200


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    make_history(int(ROWS * scale) // 2)
    while seal_records(at=now()):
        pass
    dates = Entry.objects.order_by("business_date").values_list("business_date", flat=True)
    first, last = dates.first(), dates.last()
    assert first is not None and last is not None
    period = (max(first, last - timedelta(days=365)).isoformat(), last.isoformat())
    seen: dict[str, list[dict[str, Any]]] = {way: [] for way in (*BARS, "floor")}
    for _ in range(TURNS):
        for way, figures in seen.items():
            figures.append(_export(way, period))
    return _figures(seed, seen)


def _export(way: str, period: tuple[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="countinghouse-bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-m", "bench.b10_exporter", way, directory, *period],
            env=application_environment(),
            stdout=subprocess.PIPE,
            cwd=Path(paths.BASE_DIR),
            text=True,
            check=True,
        )
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _figures(seed: int, seen: dict[str, list[dict[str, Any]]]) -> dict[str, object]:
    floor = statistics.median(each["seconds"] for each in seen["floor"])
    told = {}
    shown: list[tuple[str, float, float, str]] = []
    for way in BARS:
        seconds = statistics.median(each["seconds"] for each in seen[way])
        peak = max(each["peak_mb"] for each in seen[way])
        told[way] = {
            "seconds": round(seconds, 2),
            "times_the_floor": round(seconds / floor, 2),
            "peak_mb": round(peak, 1),
            "before_mb": round(max(each["before_mb"] for each in seen[way]), 1),
            "rows": seen[way][0]["rows"],
            "bytes": seen[way][0]["bytes"],
        }
        shown += [(f"{way}, {seen[way][0]['rows']:,} rows", seconds, BARS[way], "s")]
        shown += [(f"{way}, peak of memory", peak, MOST_MEGABYTES, "MB")]
    return {
        "name": "B10",
        "seed": seed,
        "turns": TURNS,
        "floor_seconds": round(floor, 2),
        "formats": told,
        "shown": shown,
    }
