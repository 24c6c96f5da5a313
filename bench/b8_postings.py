"""B8: postings, one entry a transaction, by four processes: through the product's ``post_entry``, and bare.

1,000 client accounts with money; each transaction moves a cent from one to another: an entry, a posting, two balances, with every
trigger and constraint, committed with ``synchronous_commit``. Product and floor take turns in the same four processes
(``b8_poster.py``), as the application's role.
"""

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from django.db import connection

from bench.seed import make_desk
from bench.stack import application_environment
from config.embedded import paths
from settlement.models import Asset, LedgerAccount

PROCESSES, ACCOUNTS = 4, 1_000
TURNS, SECONDS_A_TURN = 7, 3.0
BAR_RATIO = 0.6


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    make_desk(max(20, int(ACCOUNTS * scale)))
    usd = Asset.objects.get(code="USD")
    accounts = LedgerAccount.objects.filter(kind="CLIENT", asset=usd).order_by("pk").values_list("pk", flat=True)
    plan = {"asset": str(usd.pk), "accounts": [str(each) for each in accounts], "connection": _connection()}
    seconds = max(0.5, SECONDS_A_TURN * scale)
    posters = [_poster(plan | {"seed": seed + number}) for number in range(PROCESSES)]
    try:
        # The first turn warms connections, prepared statements and caches.
        turns = [(_turn(posters, "product", seconds), _turn(posters, "floor", seconds)) for _ in range(TURNS + 1)][1:]
    finally:
        for poster in posters:
            poster.kill()
            poster.wait()
    return _figures(seed, turns)


def _connection() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "dbname", "password") if parameters.get(key)}
    return wanted | {"user": paths.APP_ROLE}


def _poster(plan: dict[str, Any]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.b8_poster"],
        env=application_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=paths.BASE_DIR,
    )
    _say(process, json.dumps(plan))
    if _hear(process) != "ready":
        raise RuntimeError("a poster did not begin")
    return process


def _turn(posters: "list[subprocess.Popen[str]]", way: str, seconds: float) -> float:
    """Entries a second of all of them together."""
    for poster in posters:
        _say(poster, f"{way} {seconds}")
    return sum(int(_hear(poster)) for poster in posters) / seconds


def _say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _figures(seed: int, turns: list[tuple[float, float]]) -> dict[str, object]:
    return {
        "name": "B8",
        "seed": seed,
        "processes": PROCESSES,
        "turns": len(turns),
        "cores": os.cpu_count(),
        "entries_per_second": round(statistics.median(ours for ours, _ in turns)),
        "floor": round(statistics.median(floor for _, floor in turns)),
        "ratio": round(statistics.median(ours / floor for ours, floor in turns), 3),
        "bar_ratio": BAR_RATIO,
    }
