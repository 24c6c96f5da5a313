"""/ws/ops: one socket of one page of the back office."""

import asyncio
import json
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.operations.redeem_socket_ticket import redeem_socket_ticket
from core import clock
from core.domain.refusals import Refusal
from trading.realtime.changes import write_market
from trading.realtime.desk import READS, Desk, get_desk
from trading.realtime.line import Line
from trading.realtime.subscription import Subscription

FIRST_MESSAGE_SECONDS = 5.0
MOST_TEXT = 65_536
MOST_SOCKETS = 20
MALFORMED, NOT_AUTHENTICATED, TOO_MANY_SOCKETS = 4000, 4001, 4009


class OpsConsumer(AsyncWebsocketConsumer):
    """AUTHENTICATE with a ticket within five seconds, then SUBSCRIBE; ROWS, FREEZE, THAW, PAUSE and RESUME as the page goes on.

    The desk speaks to the socket directly, so the consumer has no channel of its own.
    """

    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Accept, and wait for the ticket."""
        self.desk: Desk = get_desk()
        self.subscription: Subscription | None = None
        await self.accept()
        self.line = Line(self.send, self.close)
        self._limit = asyncio.create_task(self._demand_ticket())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message of the page; one that is none ends the socket."""
        try:
            message = json.loads(text_data or "") if len(text_data or "") <= MOST_TEXT else None
            if not isinstance(message, dict):
                raise Refusal("MALFORMED_MESSAGE", "An object is expected.")
            await self._obey(message)
        except (ValueError, Refusal) as error:
            is_ticket = isinstance(error, Refusal) and error.code == "TICKET_INVALID"
            self.line.end(NOT_AUTHENTICATED if is_ticket else MALFORMED)

    async def disconnect(self, code: int) -> None:
        """Leave the desk."""
        self._limit.cancel()
        self.line.drop()
        if self.subscription is not None:
            await self.desk.leave(self.subscription)
        raise StopConsumer

    async def _demand_ticket(self) -> None:
        await asyncio.sleep(FIRST_MESSAGE_SECONDS)
        if self.subscription is None:
            self.line.end(NOT_AUTHENTICATED)

    async def _obey(self, message: dict[str, Any]) -> None:
        op = message.get("op")
        if op == "AUTHENTICATE":
            await self._authenticate(str(message.get("ticket", "")))
            return
        subscription = self.subscription
        if subscription is None:
            raise Refusal("TICKET_INVALID", "A ticket comes first.")
        if op == "SUBSCRIBE":
            subscription.choose(message.get("view"), message.get("query"), message.get("rows"))
            self.line.put("SUBSCRIBED", {"view": subscription.view})
        elif op == "ROWS":
            subscription.show(message.get("rows"))
        elif op in ("FREEZE", "THAW"):
            subscription.is_frozen = op == "FREEZE"
            subscription.waiting.clear()
        elif op == "READING":
            subscription.begin_reading()
        elif op in ("PAUSE", "RESUME"):
            await self._pause(subscription, op == "PAUSE")
        else:
            raise Refusal("UNKNOWN_OP", "No such op.")

    async def _authenticate(self, ticket: str) -> None:
        if self.subscription is not None:
            raise Refusal("MALFORMED_MESSAGE", "One ticket is enough.")
        session_key = self.scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
        at = clock.now()
        person = await self.desk.ask(
            lambda: redeem_socket_ticket(ticket=ticket, session_key=session_key, permission=READS, at=at)
        )
        if self.desk.count_sockets_of(person.id) >= MOST_SOCKETS:
            self.line.end(TOO_MANY_SOCKETS)
            return
        self.subscription = Subscription(self.line, session_key, person.id)
        await self.desk.join(self.subscription)
        self.line.put("AUTHENTICATED", {"name": person.name})

    async def _pause(self, subscription: Subscription, is_paused: bool) -> None:
        """A hidden page gets no rows; when it is seen again a market is sent as it stands, and lists read themselves anew."""
        subscription.is_paused = is_paused
        if not is_paused and subscription.view == "MARKET":
            data = await self.desk.ask(write_market, subscription.market, subscription.interval)
            if data:
                self.line.put("DATA", raw=f'"market":{data}')
