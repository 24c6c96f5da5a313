"""Programs that hear /v1/stream as tests open them, and the relay that rings for them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from accounts.operations.issue_token import issue_token
from config.sockets import socket_application
from core.clock import now
from core.operations.seal_outbox import Sealing, seal_outbox
from tests.keys import token_around
from tests.sockets import WebSocket
from tests.world import Client, World

READS = ("orders:read", "profiles:read", "funding:read", "identities:read", "approvals:read", "events:read")


class Program:
    """A program's end of the socket: asks, and hears what it asked for."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.number = 0
        self.passed: list[dict[str, Any]] = []

    async def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """The answer to a request; feeds' messages that come before it are kept for ``hear``."""
        self.number += 1
        await self.socket.say(json.dumps({"id": self.number, "op": op} | fields))
        while True:
            message = await self._next(5)
            if message.get("id") == self.number and "ok" in message:
                assert message["op"] == op
                return message
            self.passed.append(message)

    async def refused(self, op: str, **fields: Any) -> str:
        answer = await self.ask(op, **fields)
        assert not answer["ok"], answer
        return str(answer["problem"]["code"])

    async def does(self, op: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask(op, **fields)
        assert answer["ok"], answer
        return answer

    async def hear(self, channel: str, *kinds: str, timeout: float = 5) -> dict[str, Any]:
        """The next message of the channel of one of these kinds (UPDATE unless told)."""
        wanted = kinds or ("UPDATE",)
        while True:
            message = self.passed.pop(0) if self.passed else await self._next(timeout)
            if message.get("channel") == channel and message.get("type") in wanted:
                return message

    async def authenticate(self, client: Client, *scopes: str) -> None:
        await self.does("AUTHENTICATE", token=await a_token(client, *(scopes or READS)))

    async def is_closed_with(self, timeout: float = 8) -> int:
        while True:
            output = await self.socket.receive_output(timeout=timeout)
            if output["type"] == "websocket.close":
                return int(output.get("code", 1000))

    async def _next(self, timeout: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.socket.hear(timeout))
        return message


@sync_to_async
def a_token(client: Client, *scopes: str) -> str:
    return token_around(client.credential.credential_id, *scopes)


@sync_to_async
def another_token(client: Client, *scopes: str) -> str:
    return issue_token(credential_id=client.credential.credential_id, scopes=scopes, at=now()).access_token


@asynccontextmanager
async def a_program(
    client: Client | None = None, *scopes: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """A socket that is let in, and has shown a token if it is somebody's."""
    sent = [(name.lower().encode(), text.encode()) for name, text in (headers or {}).items()]
    socket = WebSocket(socket_application(), "/v1/stream", headers=[(b"host", b"localhost"), *sent])
    assert await socket.connect()
    program = Program(socket)
    if client is not None:
        await program.authenticate(client, *scopes)
    try:
        yield program
    finally:
        if not socket.future.done():
            await socket.leave()


async def ring(sealing: Sealing) -> None:
    """The doorbell as the relay rings it."""
    markets = [str(each.subject_id) for each in sealing.messages if each.topic == "trading.market.batch_matched"]
    bell = {"type": "feeds.bell", "entities": [str(each) for each in sealing.entities], "markets": markets}
    await get_channel_layer().group_send("feeds", bell)


async def seal(*, rings: bool = True) -> list[Sealing]:
    """Seal what waits; ring for it, unless the bell is lost."""
    sealings: list[Sealing] = []
    while sealing := await sync_to_async(seal_outbox)(at=now()):
        sealings.append(sealing)
        if rings:
            await ring(sealing)
    return sealings


async def act(*acts: Callable[[], Any]) -> None:
    """Do these things to the world, seal and ring."""
    for each in acts:
        await sync_to_async(each)()
    await seal()


def trade_once(world: World, seller: Client, buyer: Client, name: str, amount: str = "0.1") -> None:
    """A resting order and one that takes it, in one batch."""
    world.place(seller, f"S-{name}", "SELL", amount, "60000.00")
    world.place(buyer, f"B-{name}", "BUY", amount, "60000.00")
    world.match()


async def settle_down(seconds: float = 0.1) -> None:
    await asyncio.sleep(seconds)


def seqs(messages: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(message["prev_seq"], message["seq"]) for message in messages]
