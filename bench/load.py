"""A lean load generator for `POST /v1/orders`, in a process of its own: kept connections, one request each at a time.

`python -m bench.load` reads what to do as JSON from its standard input and writes what it saw as JSON.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from typing import Any

import uvloop

TICKS, TICK = 120_000, 0.5


class Client(asyncio.Protocol):
    """One connection: sends an order, waits for its answer, sends the next until the time is up."""

    def __init__(self, plan: dict[str, Any], number: int, seen: dict[str, Any], done: asyncio.Future[None]) -> None:
        self.plan, self.number, self.seen, self.done = plan, number, seen, done
        self.rng = random.Random(plan["seed"] * 1_000 + number)
        self.count, self.sent_at, self.buffer = 0, 0.0, b""
        head = f"POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {plan['token']}\r\n"
        self.head = f"{head}Content-Type: application/json\r\nContent-Length: "

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return
        status = self.buffer[9:12].decode()
        self.seen["statuses"][status] = self.seen["statuses"].get(status, 0) + 1
        if status != "201" and "first_other" not in self.seen:
            self.seen["first_other"] = self.buffer[end + 4 : end + 404].decode(errors="replace")
        self.seen["millis"].append((time.perf_counter() - self.sent_at) * 1_000)
        self.buffer = b""
        if time.perf_counter() < self.plan["until"]:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        rng, plan = self.rng, self.plan
        self.count += 1
        is_buy = rng.random() < 0.5
        ticks = TICKS + (-1 if is_buy else 1) * rng.randrange(1, 200)
        body = (
            f'{{"profile_id":"{rng.choice(plan["profiles"])}","market":"BTC-USD",'
            f'"client_order_id":"{plan["run"]}-{self.number}-{self.count}","side":"{"BUY" if is_buy else "SELL"}",'
            f'"type":"LIMIT","time_in_force":"GTC","base_amount":"0.{rng.randrange(1, 9999):04d}",'
            f'"limit_price":"{ticks * TICK:.2f}"}}'
        )
        self.sent_at = time.perf_counter()
        self.transport.write(f"{self.head}{len(body)}\r\n\r\n{body}".encode())


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Load for ``plan["seconds"]``; answers counts, rate and latencies."""
    loop = asyncio.get_running_loop()
    seen: dict[str, Any] = {"statuses": {}, "millis": []}
    begun = time.perf_counter()
    plan["until"] = begun + plan["seconds"]
    waiting = []
    for number in range(plan["connections"]):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        await loop.create_connection(
            lambda number=number, done=done: Client(plan, number, seen, done), "127.0.0.1", plan["port"]
        )
    await asyncio.gather(*waiting)
    spent = time.perf_counter() - begun
    millis = sorted(seen.pop("millis"))
    cuts = statistics.quantiles(millis, n=100) if len(millis) > 1 else [0.0] * 99
    accepted = seen["statuses"].get("201", 0)
    return seen | {"accepted": accepted, "per_second": accepted / spent, "p50": cuts[49], "p99": cuts[98]}


if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
