"""B7: 200 sockets that hear one book while its market has 300 events a second; and the same with 20 more that never read.

The matcher's operation runs here, so that the moment of each commit is known; relay and realtime are processes of the product. A
time goes from the commit of a batch to the arrival of its update at a socket. The two halves, without and with the sockets that
never read, are measured one after the other on the same processes.
"""

import json
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

from bench.house import processes
from bench.seed import LOT, MID_TICKS, TICK, Desk, make_desk
from config.embedded import paths
from core.clock import now
from trading.contracts import OrderTerms
from trading.models import Market
from trading.operations.match_market import match_market
from trading.operations.place_order import place_order

SOCKETS, DEAF = 200, 20
BATCHES_A_SECOND, ORDERS_A_BATCH = 50, 3
SECONDS = 20
BARS = {"p99": 250.0, "ratio": 1.2}
LEVELS = 8


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    desk = make_desk(20)
    seconds = max(3.0, SECONDS * scale)
    sockets = max(20, int(SOCKETS * min(1.0, scale * 5)))
    halves: list[dict[str, Any]] = []
    with processes(web=False, matcher=False) as (_, realtime):
        for number, deaf in enumerate((0, DEAF)):
            halves.append(_half(desk, realtime, sockets, deaf, seconds, f"b7-{number}"))
    calm, loaded = halves
    ratio = round(loaded["p99"] / calm["p99"], 2) if calm["p99"] else 0.0
    return {
        "name": "B7",
        "seed": seed,
        "sockets": sockets,
        "deaf": DEAF,
        "calm": calm,
        "with_deaf": loaded,
        "ratio": ratio,
        "shown": [
            (f"commit to client, p99 of {sockets} sockets", calm["p99"], BARS["p99"], "ms"),
            (f"the same beside {DEAF} that never read", loaded["p99"], BARS["p99"], "ms"),
            ("the second by the first", ratio, BARS["ratio"], ""),
        ],
    }  # fmt: skip


def _half(desk: Desk, port: int, sockets: int, deaf: int, seconds: float, name: str) -> dict[str, Any]:
    plan = {"port": port, "sockets": sockets, "deaf": deaf}
    listening = subprocess.Popen(
        [sys.executable, "-m", "bench.audience"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=paths.BASE_DIR
    )  # fmt: skip
    if listening.stdin is None or listening.stdout is None:
        raise RuntimeError("the audience has no pipes")
    listening.stdin.write(json.dumps(plan) + "\n")
    listening.stdin.flush()
    if listening.stdout.readline().strip() != "ready":
        raise RuntimeError("the audience is not there")
    committed = _trade(desk, seconds, name)
    time.sleep(1.5)
    out, _ = listening.communicate(json.dumps(committed) + "\n", timeout=60)
    seen: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    events = max(committed) - min(committed)
    return seen | {"batches": len(committed), "events_per_second": round(events / seconds)}


def _trade(desk: Desk, seconds: float, name: str) -> dict[int, float]:
    """Orders that come and are matched at a steady rate; answers each batch's last number with the moment of its commit."""
    committed: dict[int, float] = {}
    begun = time.perf_counter()
    for batch in range(int(seconds * BATCHES_A_SECOND)):
        if time.perf_counter() > begun + seconds:
            break
        time.sleep(max(0.0, begun + batch / BATCHES_A_SECOND - time.perf_counter()))
        for number in range(ORDERS_A_BATCH):
            _place(desk, batch * ORDERS_A_BATCH + number, name)
        match_market(market_id=desk.market_id, at=now())
        # The clock that all processes of a machine share.
        moment = time.monotonic()
        committed[Market.objects.values_list("sequence", flat=True).get(pk=desk.market_id)] = moment
    return committed


def _place(desk: Desk, number: int, name: str) -> None:
    """An order that rests among the best levels of its side."""
    index, is_buy = number % len(desk.profiles), number % 2 == 0
    ticks = MID_TICKS + (-1 if is_buy else 1) * (1 + number // 2 % LEVELS)
    terms = OrderTerms(
        profile_id=desk.profiles[index], market="BTC-USD", client_order_id=f"{name}-{number}",
        side="BUY" if is_buy else "SELL", type="LIMIT", time_in_force="GTC", base_amount=LOT * Decimal(1 + number % 7),
        quote_amount=None, limit_price=ticks * TICK, self_trade_prevention="CANCEL_NEWEST", metadata={},
    )  # fmt: skip
    place_order(
        terms=terms, credential_id=desk.credential.credential_id, entity_id=desk.entities[index],
        request_sha256=f"{number:064d}", at=now(),
    )  # fmt: skip
