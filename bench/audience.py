"""Sockets that hear one book, some of which never read, in a process of its own.

`python -m bench.audience` reads its plan as a line of JSON, says `ready`, and reads the moments of the commits when all is done.
"""

import asyncio
import json
import socket
import statistics
import sys
import time
from typing import Any

import uvloop

from bench.listener import Listener

SUBSCRIBE = '{"id":1,"op":"SUBSCRIBE","channel":"BOOK","market":"BTC-USD","depth":10}'
UPDATE, SEQ, PREV = b'"type":"UPDATE","seq":', b'"seq":', b'"prev_seq":'


class Member:
    """One reader: when it heard which number, and whether each update followed the one before."""

    def __init__(self) -> None:
        self.heard: dict[int, float] = {}
        self.last, self.gaps, self.is_ready = 0, 0, False

    def hear(self, message: bytes) -> None:
        if UPDATE in message:
            seq, prev = _number(message, SEQ), _number(message, PREV)
            self.gaps += prev != self.last
            self.last = seq
            self.heard[seq] = time.monotonic()
        elif b'"type":"SNAPSHOT"' in message:
            self.last, self.is_ready = _number(message, SEQ), True


def _number(message: bytes, name: bytes) -> int:
    at = message.index(name) + len(name)
    return int(message[at : message.index(b",", at)])


def deafen(port: int) -> socket.socket:
    """A socket that asks for the book, and from then on does not read."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.connect(("127.0.0.1", port))
    said = Listener(port, [], lambda _: None)

    class Wire:
        def write(self, data: bytes) -> None:
            deaf.sendall(data)

    said.connection_made(Wire())  # type: ignore[arg-type]
    deaf.recv(1_024)
    said.say(SUBSCRIBE)
    for channel in ("TRADES", "TICKER"):
        said.say(f'{{"id":2,"op":"SUBSCRIBE","channel":"{channel}","market":"BTC-USD"}}')
    return deaf


async def listen(plan: dict[str, Any]) -> dict[str, Any]:
    """Hear until the moments of the commits come; answers the times from them in milliseconds."""
    loop = asyncio.get_running_loop()
    members = [Member() for _ in range(plan["sockets"])]
    listeners = []
    for member in members:
        listener = Listener(plan["port"], [SUBSCRIBE], member.hear)
        listeners.append(listener)
        await loop.create_connection(lambda listener=listener: listener, "127.0.0.1", plan["port"])
    deaf = [deafen(plan["port"]) for _ in range(plan["deaf"])]
    while not all(member.is_ready for member in members):
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    committed = {int(seq): at for seq, at in json.loads(await asyncio.to_thread(sys.stdin.readline)).items()}
    for each in deaf:
        each.close()
    return _figures(members, listeners, committed)


def _figures(members: list[Member], listeners: list[Listener], committed: dict[int, float]) -> dict[str, Any]:
    millis = [
        (at - committed[seq]) * 1_000 for member in members for seq, at in member.heard.items() if seq in committed
    ]
    cuts = statistics.quantiles(millis, n=100) if len(millis) > 1 else [0.0] * 99
    return {
        "heard": len(millis),
        "merged": round(1 - len(millis) / (len(members) * max(1, len(committed))), 3),
        "gaps": sum(member.gaps for member in members),
        "closed": sum(listener.closed is not None for listener in listeners),
        "p50": round(cuts[49], 2),
        "p99": round(cuts[98], 2),
    }  # fmt: skip


if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(listen(json.loads(sys.stdin.readline())))))
