"""B3: single `POST /v1/orders`, authenticated, 32 connections, the load generator on the same cores.

The product's WSGI application runs under granian, two workers of four threads, as in production, with the application's rights.
The floor is a bare WSGI callable under the same server that runs the same two statements in one transaction. The two take turns.
"""

import json
import os
import pickle
import signal
import socket
import statistics
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg.types.json import Jsonb

from bench.seed import Desk, make_desk
from bench.stack import application_environment, wait_until
from config.embedded import paths
from config.embedded.linux import dying_with
from core.clock import now
from trading.operations.place_order import PLACE
from trading.queries.placing import CONTEXT

PROFILES, CONNECTIONS = 200, 32
TURNS, SECONDS_A_TURN = 5, 4.0
WORKERS, THREADS = 2, 4
BAR = 600


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    desk = make_desk(max(5, int(PROFILES * scale)), entities=1)
    plan_file = Path(settings.STATE_DIR) / "floor.pickle"
    plan_file.write_bytes(pickle.dumps(_floor_plan(desk)))
    seconds = max(0.5, SECONDS_A_TURN * scale)
    turns: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with _server("config.wsgi:application") as port, _server("bench.b3_floor:application", plan_file) as floor_port:
        token = _token(port, desk)
        for turn in range(-1, TURNS):
            pair = [
                _load(each, desk, token, seed, f"{name}{turn}", seconds if turn >= 0 else min(seconds, 1.5))
                for name, each in (("a", port), ("f", floor_port))
            ]
            # The first turn warms connections, prepared statements and caches.
            if turn >= 0:
                turns.append((pair[0], pair[1]))
    return _figures(seed, turns)


def _figures(seed: int, turns: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, object]:
    others = {status: count for ours, _ in turns for status, count in ours["statuses"].items() if status != "201"}
    return {
        "name": "B3",
        "seed": seed,
        "connections": CONNECTIONS,
        "server": f"granian WSGI, {WORKERS} workers of {THREADS} threads",
        "orders_per_second": round(statistics.median(ours["per_second"] for ours, _ in turns)),
        "floor": round(statistics.median(floor["per_second"] for _, floor in turns)),
        "ratio": round(statistics.median(ours["per_second"] / floor["per_second"] for ours, floor in turns), 3),
        "p50_millis": round(statistics.median(ours["p50"] for ours, _ in turns), 1),
        "p99_millis": round(statistics.median(ours["p99"] for ours, _ in turns), 1),
        "other_answers": others | ({"first": turns[0][0].get("first_other")} if others else {}),
        "bar": BAR,
    }


@contextmanager
def _server(target: str, plan_file: Path | None = None) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = application_environment()
    if plan_file is not None:
        environment["BENCH_FLOOR_PLAN"] = str(plan_file)
    words = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS), "--no-ws"]
    words += ["--blocking-threads", str(THREADS), "--http", "1", "--log-level", "warning", target]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *words],
        env=environment,
        cwd=paths.BASE_DIR,
        preexec_fn=dying_with(os.getpid(), signal.SIGTERM),
    )
    try:
        wait_until(lambda: _listens(port, process), f"{target} listens")
        yield port
    finally:
        process.terminate()
        process.wait(15)


def _listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the server ended with {process.returncode}")
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _token(port: int, desk: Desk) -> str:
    form = urllib.parse.urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": desk.credential.client_id,
            "client_secret": desk.credential.client_secret,
        }
    )
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/oauth/token", form.encode(), timeout=30) as answer:
        token: str = json.load(answer)["access_token"]
    return token


def _load(port: int, desk: Desk, token: str, seed: int, run_name: str, seconds: float) -> dict[str, Any]:
    plan = {
        "port": port, "token": token, "seed": seed, "run": run_name, "seconds": seconds, "connections": CONNECTIONS,
        "profiles": [str(each) for each in desk.profiles],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(plan), capture_output=True, text=True, check=True,
        cwd=paths.BASE_DIR, timeout=seconds + 60,
    )  # fmt: skip
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def _floor_plan(desk: Desk) -> dict[str, Any]:
    """Statements and parameters as the product sends them, of one buy and one sell order; ids and client ids change."""
    context, profile = desk.context_of(0), desk.profiles[0]
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "dbname", "password") if parameters.get(key)}
    sides = {
        "BUY": (context.quote_account_id, context.quote_id, Decimal("12.03"), Decimal("60000.00")),
        "SELL": (context.base_account_id, context.base_id, Decimal("0.0002"), Decimal("60000.50")),
    }
    return {
        "connection": wanted | {"user": paths.APP_ROLE},
        "context": CONTEXT,
        "context_values": {"symbol": "BTC-USD", "profile": profile, "entity": desk.entities[0]},
        "place": PLACE,
        "values": {side: _values(desk, side, *facts) for side, facts in sides.items()},
        "answer": b'{"id":"' + b"0" * 1_100 + b'"}',
    }


def _values(desk: Desk, side: str, account: UUID | None, asset: UUID, hold: Decimal, price: Decimal) -> dict[str, Any]:
    context = desk.context_of(0)
    return {
        "hold": hold, "account": account, "hold_asset": asset, "profile": desk.profiles[0], "market": context.market_id,
        "market_text": str(context.market_id), "credential": desk.credential.credential_id, "sha256": "0" * 64,
        "side": side, "type": "LIMIT", "time_in_force": "GTC", "amount": Decimal("0.0002"), "limit_price": price,
        "protection_price": None, "display_amount": None, "expires_at": None,
        "stp": "CANCEL_NEWEST", "group": context.self_trade_group,
        "fee_tier": context.fee_tier_id, "maker_rate": context.maker_rate, "taker_rate": context.taker_rate,
        "fee_scale": context.fee_scale, "at": now(), "metadata": Jsonb({}),
    }  # fmt: skip
