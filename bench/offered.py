"""Orders at a steady rate over HTTP, and their fills on a socket, in a process of its own.

`python -m bench.offered` reads what to do as JSON from its standard input and writes what it saw as JSON.
"""

import asyncio
import json
import statistics
import sys
import time
from typing import Any

import uvloop

from bench.listener import Listener

CONNECTIONS = 16
SUBSCRIBE = '{"id":2,"op":"SUBSCRIBE","channel":"EXECUTIONS"}'
NAME = b'"client_order_id": "'
LAST_SECONDS = 5.0


class Connection(asyncio.Protocol):
    """A kept connection: one order at a time."""

    def __init__(self, offer: "Offer") -> None:
        self.offer, self.buffer, self.order = offer, b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.offer.free.put_nowait(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:")
        if len(body) < int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self.offer.answer(self.order, head[9:12].decode())
        self.buffer = b""
        self.offer.free.put_nowait(self)

    def send(self, order: str, request: bytes) -> None:
        self.order = order
        self.transport.write(request)


class Offer:
    """What was sent when it was due, answered and filled."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.free: asyncio.Queue[Connection] = asyncio.Queue()
        self.due: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self.filled: dict[str, float] = {}
        self.statuses: dict[str, int] = {}
        self.heard = asyncio.Event()

    def answer(self, order: str, status: str) -> None:
        self.answered[order] = time.perf_counter()
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def hear(self, message: bytes) -> None:
        at = message.find(NAME)
        if at >= 0:
            order = message[at + len(NAME) : message.index(b'"', at + len(NAME))].decode()
            self.filled.setdefault(order, time.perf_counter())
        elif b'"SUBSCRIBE","ok":true' in message:
            self.heard.set()

    def request(self, order: str) -> bytes:
        plan = self.plan
        body = (
            f'{{"profile_id":"{plan["profile"]}","market":"BTC-USD","client_order_id":"{order}","side":"BUY","type":"LIMIT",'
            f'"time_in_force":"GTC","base_amount":"0.0001","limit_price":"{plan["price"]}"}}'
        )
        return (
            f"POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {plan['token']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def figures(self, orders: list[str]) -> dict[str, Any]:
        return {
            "orders": len(orders),
            "filled_all": all(order in self.filled for order in orders),
            "missing": sum(order not in self.filled for order in orders),
            "statuses": self.statuses,
            "answered": self._cuts(self.answered, orders),
            "filled": self._cuts(self.filled, orders),
        }

    def _cuts(self, times: dict[str, float], orders: list[str]) -> dict[str, float]:
        millis = [(times[order] - self.due[order]) * 1_000 for order in orders if order in times]
        cuts = statistics.quantiles(millis, n=100) if len(millis) > 1 else [0.0] * 99
        return {"p50": round(cuts[49], 2), "p90": round(cuts[89], 2), "p99": round(cuts[98], 2)}


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Offer orders for ``plan["seconds"]`` after one second that warms everything; answers the times in milliseconds."""
    loop, offer = asyncio.get_running_loop(), Offer(plan)
    authenticate = json.dumps({"id": 1, "op": "AUTHENTICATE", "token": plan["token"]})
    listener = Listener(plan["realtime"], [authenticate, SUBSCRIBE], offer.hear)
    await loop.create_connection(lambda: listener, "127.0.0.1", plan["realtime"])
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Connection(offer), "127.0.0.1", plan["web"])
    await asyncio.wait_for(offer.heard.wait(), 10)
    warm, count = int(plan["rate"]), int(plan["rate"] * (plan["seconds"] + 1))
    begun = time.perf_counter()
    for number in range(count):
        order, due = f"b5-{number}", begun + number / plan["rate"]
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        offer.due[order] = due
        (await offer.free.get()).send(order, offer.request(order))
    deadline = time.perf_counter() + LAST_SECONDS
    while len(offer.filled) < count and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    return offer.figures([f"b5-{number}" for number in range(warm, count)])


if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
