"""B14: a market's history replayed from its log, on real PostgreSQL.

1,000,000 instructions (80 % orders, 20 % cancels, 1,000 profiles) wait in one market and are matched by the task that the product
runs, which keeps the hash of all that the book knows with each batch; that is not measured. Measured is ``replay_market``, as the
command runs it: once with the state hashes alone, which has to come to every one of them, and once with each event, trade,
posting and order compared as well. The floor of both is reading the log: the same instructions and orders, as the replay reads
them, and nothing done with them.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from bench.seed import make_desk, wait_in_line
from core.queries.verifying import one_picture
from trading.queries.replay_market import INSTRUCTIONS_A_SECTION, Verdict, replay_market
from trading.queries.replay_rows import read_log, read_market
from trading.tasks import match_market

INSTRUCTIONS, PROFILES, SYMBOL = 1_000_000, 1_000, "BTC-USD"
BAR_SECONDS = 60


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    count = int(INSTRUCTIONS * scale)
    desk = make_desk(max(50, int(PROFILES * min(1.0, scale * 10))))
    wait_in_line(desk, count, seed=seed)
    settings.MATCH_SECONDS_PER_TASK = 10
    while match_market(str(desk.market_id)):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    floor = _seconds(_read_alone)
    verdicts: list[Verdict] = []
    hashed = _seconds(lambda: verdicts.append(replay_market(symbol=SYMBOL, compares_rows=False)))
    compared = _seconds(lambda: verdicts.append(replay_market(symbol=SYMBOL)))
    by_hash, whole = verdicts
    return {
        "name": "B14",
        "seed": seed,
        "instructions": by_hash.position,
        "hashes": by_hash.hashes,
        "rows_compared": whole.events + whole.trades + whole.postings + whole.orders,
        "differences": [str(each.difference) for each in (by_hash, whole) if each.difference is not None],
        "seconds": {"hashes": round(hashed, 2), "rows": round(compared, 2), "floor": round(floor, 2)},
        "instructions_per_second": {"hashes": round(count / hashed), "rows": round(count / compared)},
        "shown": [
            ("replayed to every state hash", hashed, BAR_SECONDS * scale, "s"),
            ("differences", sum(each.difference is not None for each in (by_hash, whole)), 0, ""),
        ],
    }


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read_alone() -> None:
    with one_picture():
        market = read_market(SYMBOL)
        if market is None:
            raise AssertionError(SYMBOL)
        after = 0
        while logged := read_log(market, after=after, until=market.position, limit=INSTRUCTIONS_A_SECTION):
            after = logged[-1].position
