"""The gate, lane by lane: `test` is the suite alone, `check` is everything.

A lane of tests that selects no test is a failure: what did not run has shown nothing.
"""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q")
# Tests with these marks need a browser, a broker, or kill what they start: each has a lane of its own.
OWN_LANES = ("browser", "drill", "broker")
NO_TESTS_RAN = 5

# The browser lane alone has the browser's driver installed, so the suite does not even read those files.
SUITE = (*PYTEST, "-n", "2", "--ignore=tests/browser", "-m", " and ".join(f"not {mark}" for mark in OWN_LANES))
STATIC: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", (str(BIN / "ruff"), "format", "--check", ".")),
    ("lint", (str(BIN / "ruff"), "check", ".")),
    ("imports", (str(BIN / "lint-imports"),)),
    ("types", (str(BIN / "mypy"), ".")),
    (
        "migrations",
        (str(BIN / "python"), "-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"),
    ),
)


def lane(name: str, argv: Sequence[str]) -> bool:
    """Run one lane and say how it ended."""
    print(f"== {name}: {' '.join(_shown(word) for word in argv)}", flush=True)
    began = time.monotonic()
    status = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    if status == NO_TESTS_RAN and "pytest" in argv:
        print(f"lane {name} ran no test: that is a failure", flush=True)
    print(
        f"== {name}: {'ok' if status == 0 else f'FAILED ({status})'} in {time.monotonic() - began:.1f} s\n", flush=True
    )
    return status == 0


def check(names: Sequence[str]) -> int:
    """Run every lane, or the named ones, and sum up; all run even when one fails."""
    lanes: list[tuple[str, Sequence[str]]] = [*STATIC, ("suite", SUITE)]
    lanes += [(mark, (*PYTEST, "-m", mark)) for mark in OWN_LANES]
    unknown = set(names) - {name for name, _ in lanes}
    if unknown:
        print(f"no such lane: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    failed = [name for name, argv in lanes if (not names or name in names) and not lane(name, argv)]
    print("all lanes passed" if not failed else f"failed lanes: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def main(argv: Sequence[str]) -> int:
    """`test` with pytest's own arguments, or `check` with the names of lanes."""
    if argv[:1] == ["test"]:
        return 0 if lane("suite", [*SUITE, *argv[1:]]) else 1
    if argv[:1] == ["check"]:
        return check(argv[1:])
    print("usage: lanes.py test [pytest arguments] | check [lane ...]", file=sys.stderr)
    return 2


def _shown(word: str) -> str:
    short = str(word).replace(str(ROOT) + "/", "")
    return f"'{short}'" if re.search(r"\s", short) else short


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
