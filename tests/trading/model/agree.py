"""Compare engine and model over many commands: python -m tests.trading.model.agree --commands 500000 [--seed 7]"""

import argparse
import sys
import time
from contextlib import nullcontext

from tests.trading.model.commands import CHARACTERS
from tests.trading.model.comparing import find_difference, shrink
from tests.trading.model.engine import swept_early

STREAM = 5_000


def main() -> int:
    """0 if they agreed over every stream, else 1 with the shrunk stream on the standard output."""
    parser = argparse.ArgumentParser(description="Do the engine and the reference model agree?")
    parser.add_argument("--commands", type=int, default=500_000)
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--character", choices=list(CHARACTERS), action="append")
    given = parser.parse_args()
    names = given.character or list(CHARACTERS)
    started = time.monotonic()
    done = 0
    number = 0
    while done < given.commands:
        name = names[number // 2 % len(names)]
        seed = f"{given.seed} {number}"
        count = min(STREAM, given.commands - done)
        with swept_early() if number % 2 else nullcontext():
            difference = find_difference(seed, CHARACTERS[name], count)
            if difference:
                print(f"They differ: character {name}, seed {seed!r}, {shrink(difference)}")
                return 1
        done += count
        number += 1
    print(f"{done} commands in {number} streams, seed {given.seed}: they agree ({time.monotonic() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
