"""Pages of the live desk as tests open them, and the relay that speaks to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.test import Client

from accounts.models import StaffUser
from config.sockets import socket_application
from tests.desk import a_person, signed_in
from tests.sockets import WebSocket
from trading.models import MarketBatch

ORIGIN = (b"origin", b"http://localhost")


class Page:
    """A page's end of the socket; checks the gapless numbers of every frame it hears."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.seq = 0

    async def say(self, **message: Any) -> None:
        await self.socket.say(json.dumps(message))

    async def hear(self, *kinds: str, timeout: float = 3) -> dict[str, Any]:
        """The next frame of one of these kinds; heartbeats and counts in between are passed over."""
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.hear(timeout))
            self.seq += 1
            assert frame["seq"] == self.seq
            if frame["type"] in kinds:
                return frame

    async def hear_rows(self) -> dict[str, Any]:
        return await self.hear("ROWS")

    async def is_closed_with(self) -> int:
        while True:
            output = await self.socket.receive_output(timeout=8)
            if output["type"] == "websocket.close":
                return int(output.get("code", 1000))


@sync_to_async
def a_ticket(person: StaffUser | None = None) -> tuple[str, str, Client]:
    client = signed_in(person or a_person())
    ticket = client.post("/ops/socket-tickets").json()["ticket"]
    return ticket, client.cookies[settings.SESSION_COOKIE_NAME].value, client


def a_socket(session: str, *, origin: tuple[bytes, bytes] = ORIGIN) -> WebSocket:
    cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())
    return WebSocket(socket_application(), "/ws/ops", headers=[origin, (b"host", b"localhost"), cookie])


@asynccontextmanager
async def a_page(view: str, query: str = "", rows: list[str] | None = None) -> AsyncIterator[Page]:
    """A page that is subscribed, has read itself and said which rows it shows."""
    ticket, session, _ = await a_ticket()
    socket = a_socket(session)
    assert await socket.connect()
    page = Page(socket)
    await page.say(op="AUTHENTICATE", ticket=ticket)
    await page.hear("AUTHENTICATED")
    await page.say(op="SUBSCRIBE", view=view, query=query, rows=[])
    await page.hear("SUBSCRIBED")
    await page.say(op="ROWS", rows=rows or [])
    await asyncio.sleep(0.05)
    try:
        yield page
    finally:
        if not socket.future.done():
            await socket.leave()


class Relay:
    """Speaks to the desk's group as the relay does."""

    def __init__(self) -> None:
        self.seq = 0

    async def tell(self, market_id: UUID, first: int, last: int, *, seq: int | None = None) -> None:
        self.seq = seq or self.seq + 1
        payload = {"market_id": str(market_id), "first_sequence": first, "last_sequence": last}
        topic = "trading.market.batch_matched"
        message = {
            "type": "desk.message",
            "seq": self.seq,
            "prev_seq": self.seq - 1,
            "topic": topic,
            "payload": payload,
        }
        await get_channel_layer().group_send("desk", message)

    async def beat(self, last_seq: int | None = None) -> None:
        last = self.seq if last_seq is None else last_seq
        await get_channel_layer().group_send("desk", {"type": "desk.heartbeat", "last_seq": last})

    async def after(self, act: Callable[[], Any]) -> Any:
        """Do something to the world, match, and tell of the batch as the relay would."""
        result = await sync_to_async(act)()
        batch = await MarketBatch.objects.order_by("-last_position").afirst()
        assert batch is not None
        await self.tell(batch.market_id, batch.first_sequence, batch.last_sequence)
        return result
