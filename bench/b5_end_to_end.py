"""B5: from the HTTP request to the fill on the client's own socket, 200 orders/s offered for 60 s.

All of the product runs as in production: web (granian), relay, matcher (Celery over Valkey), realtime (uvicorn). Each order takes
0.0001 BTC of one large resting order. Offered means that orders are sent when they are due, whatever has become of those before;
a time begins when its order was due. Floor: the answers to the same requests, which the fills follow.
"""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

from bench.house import processes, token_of
from bench.seed import MID_TICKS, TICK, Desk, make_desk
from config.embedded import paths
from core.clock import now
from trading.contracts import OrderTerms
from trading.operations.match_market import match_market
from trading.operations.place_order import place_order

RATE, SECONDS = 200, 60
BARS = {"p50": 25.0, "p99": 100.0}


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    desk = make_desk(2, entities=1)
    _rest(desk)
    seconds = max(4.0, SECONDS * scale)
    with processes(web=True, matcher=True) as (web, realtime):
        plan = {
            "web": web, "realtime": realtime, "token": token_of(web, desk.credential), "rate": RATE, "seconds": seconds,
            "profile": str(desk.profiles[1]), "price": format(MID_TICKS * TICK, "f"), "seed": seed,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.offered"], input=json.dumps(plan), capture_output=True, text=True, check=True,
            cwd=paths.BASE_DIR, timeout=seconds + 60,
        )  # fmt: skip
    seen: dict[str, Any] = json.loads(done.stdout)
    return {
        "name": "B5",
        "seed": seed,
        "offered_per_second": RATE,
        "seconds": seconds,
        **seen,
        "shown": [
            (f"order to fill, {percent} (answered in {seen['answered'][percent]:.1f})", seen["filled"][percent], bar, "ms")
            for percent, bar in BARS.items()
        ],
    }  # fmt: skip


def _rest(desk: Desk) -> None:
    """One order that all others take from."""
    terms = OrderTerms(
        profile_id=desk.profiles[0], market="BTC-USD", client_order_id="bench-rest", side="SELL", type="LIMIT",
        time_in_force="GTC", base_amount=Decimal(100), quote_amount=None, limit_price=MID_TICKS * TICK,
        self_trade_prevention="CANCEL_NEWEST", metadata={},
    )  # fmt: skip
    place_order(
        terms=terms, credential_id=desk.credential.credential_id, entity_id=desk.entities[0], request_sha256="0" * 64, at=now()
    )  # fmt: skip
    match_market(market_id=desk.market_id, at=now())
