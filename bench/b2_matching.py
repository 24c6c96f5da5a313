"""B2: durable matching, by the task that the product runs, on real PostgreSQL with every table and constraint.

100,000 accepted instructions (80 % orders, 20 % cancels, 1,000 profiles) wait in one market. Measured is
``trading.tasks.match_market`` until all are matched, posted and committed. The floor replays, with bare psycopg on a copy of the
database, the COPY and UPDATE statements of the same batches: it reads nothing and decides nothing. The two take turns, two
seconds of matching at a time.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from bench.seed import make_desk, wait_in_line
from core import copying
from trading.operations import write_batch as writing
from trading.tasks import match_market

INSTRUCTIONS, PROFILES = 100_000, 1_000
SECONDS_A_TURN = 2
BAR = 5_000

# A written batch: COPY statements as (table, columns, text), others as (SQL, parameters), in their order.
Statement = tuple[Any, ...]


@dataclass(slots=True)
class Recorder:
    """Notes what the matcher writes, batch by batch, without changing it."""

    batches: list[list[Statement]] = field(default_factory=list)

    def copy_rows(self, table: str, columns: Any, lines: Any, **options: Any) -> None:
        kept: list[str] = []
        copying.copy_rows(table, columns, _keeping(lines, kept), **options)
        self.batches[-1].append((table, columns, "".join(kept)))

    def execute(self, execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("SELECT sequence, set_config"):
            self.batches.append([])
        elif sql.lstrip().startswith(("UPDATE", "INSERT", "SELECT count(*) FROM (")):
            self.batches[-1].append((sql, parameters))
        return execute(sql, parameters, many, context)


def _keeping(lines: Iterable[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema."""
    count, profiles = int(INSTRUCTIONS * scale), max(10, int(PROFILES * scale))
    desk = make_desk(profiles)
    wait_in_line(desk, count, seed=seed)
    floor_database = _copy_database()
    recorder = Recorder()
    writing.copy_rows = recorder.copy_rows  # type: ignore[attr-defined]
    turns: list[tuple[int, float, float]] = []
    settings.MATCH_SECONDS_PER_TASK = SECONDS_A_TURN * min(1.0, scale * 4)
    with connection.execute_wrapper(recorder.execute), psycopg.connect(**floor_database) as floor:
        while True:
            recorder.batches.clear()
            started = time.perf_counter()
            matched = match_market(str(desk.market_id))
            spent = time.perf_counter() - started
            if not matched:
                break
            turns.append((matched, spent, _replay(floor, [batch for batch in recorder.batches if batch])))
    writing.copy_rows = copying.copy_rows  # type: ignore[attr-defined]
    return _figures(seed, count, turns)


def _copy_database() -> dict[str, Any]:
    """A copy of the database as it stands, for the floor; answers how to connect to it."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    name = parameters["dbname"]
    connection.close()
    with psycopg.connect(**wanted, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}_floor"')
        admin.execute(f'CREATE DATABASE "{name}_floor" TEMPLATE "{name}"')
    return wanted | {"dbname": f"{name}_floor"}


def _replay(floor: "psycopg.Connection[Any]", batches: list[list[Statement]]) -> float:
    started = time.perf_counter()
    for batch in batches:
        with floor.transaction(), floor.cursor() as cursor:
            for statement in batch:
                if len(statement) == 3:
                    table, columns, text = statement
                    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                        copy.write(text)
                else:
                    cursor.execute(*statement)
    return time.perf_counter() - started


def _figures(seed: int, count: int, turns: list[tuple[int, float, float]]) -> dict[str, object]:
    total, spent = sum(turn[0] for turn in turns), sum(turn[1] for turn in turns)
    return {
        "name": "B2",
        "seed": seed,
        "instructions": total,
        "turns": len(turns),
        "instructions_per_second": round(statistics.median(n / s for n, s, _ in turns)),
        "floor": round(statistics.median(n / f for n, _, f in turns)),
        "ratio": round(statistics.median(f / s for _, s, f in turns), 3),
        "whole_run_per_second": round(total / spent),
        "all_matched": total == count,
        "bar": BAR,
    }
