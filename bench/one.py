"""`python -m bench.one NAME SEED SCALE`: one bench in the environment's stack; its figures as the last line of the output."""

import importlib
import json
import sys

MODULES = {
    "b1": "bench.b1_engine", "b2": "bench.b2_matching", "b3": "bench.b3_accept", "b8": "bench.b8_postings",
    "b9": "bench.b9_history", "b10": "bench.b10_export", "b5": "bench.b5_end_to_end", "b7": "bench.b7_fan_out",
    "b14": "bench.b14_replay",
}  # fmt: skip
# Those that work in a database.
WITH_DATABASE = set(MODULES) - {"b1"}


def main() -> None:
    name, seed, scale = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    if name in WITH_DATABASE:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("grant_rights", verbosity=0)
    print(json.dumps(importlib.import_module(MODULES[name]).run(seed=seed, scale=scale)))


if __name__ == "__main__":
    main()
