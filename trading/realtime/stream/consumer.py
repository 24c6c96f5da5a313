"""/v1/stream: one socket of one client's program, or of anybody for what is public."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import structlog
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import InterfaceError, OperationalError

from accounts.api.authentication import authenticate_token
from accounts.api.signatures import require_handshake_signature
from accounts.contracts import Principal
from accounts.domain.secrets import secret_sha256
from accounts.models import Organisation
from core import clock
from core.api.client_address import read_address
from core.api.strict_json import parse_json
from core.domain.refusals import Refusal
from trading.realtime.stream import sources
from trading.realtime.stream.hub import (
    FORBIDDEN,
    MOST_SOCKETS_A_CREDENTIAL,
    TOO_MANY_SOCKETS,
    Hub,
    get_hub,
)
from trading.realtime.stream.messages import SNAPSHOT, answer, entity_message, instant, problem
from trading.realtime.stream.outlet import Outlet
from trading.realtime.stream.session import NotAuthenticated, Session, malformed, refuse_fields

log = structlog.get_logger()

AUTHENTICATE_SECONDS = 5.0
MESSAGES_A_SECOND = 20.0
MOST_TEXT = 16_384
MALFORMED, NOT_AUTHENTICATED = 4000, 4001


class StreamConsumer(AsyncWebsocketConsumer):
    """SUBSCRIBE, UNSUBSCRIBE, LIST, PING, AUTHENTICATE. The hub speaks to the socket directly: it has no channel of its own."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Let everybody in: what is public is public."""
        await self.accept()
        self.hub: Hub = get_hub()
        self.outlet = Outlet(self.send, self.close)
        host = (self.scope.get("client") or ("",))[0]
        self.session = Session(self.outlet, read_address(host))
        self._opened_at = self._filled_at = monotonic()
        self._tokens = MESSAGES_A_SECOND
        self.hub.enter(self.session)

    async def disconnect(self, code: int) -> None:
        """Leave the hub; before that, cancel what was to be cancelled then."""
        self.outlet.drop()
        session = self.session
        try:
            if session.cancels and session.credential_id is not None and session.entity_id is not None:
                ids = await self.hub.ask(sources.cancel_of, session.credential_id, session.entity_id)
                log.info("cancelled on disconnect", credential_id=str(session.credential_id), instructions=len(ids))
        finally:
            await self.hub.leave(session)
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One request. What is no request at all ends the socket; what cannot be done is answered with a problem."""
        if self.outlet.is_closing:
            return
        request = _read(text_data)
        if request is None:
            self.outlet.end(MALFORMED)
            return
        try:
            self._take_token()
            await self._obey(request)
        except NotAuthenticated:
            self.outlet.end(NOT_AUTHENTICATED)
        except Refusal as refusal:
            self.outlet.put(problem(request, refusal))
        except (OperationalError, InterfaceError, TimeoutError) as error:
            log.warning("feed request failed", op=request.get("op"), error=repr(error))
            self.outlet.put(
                problem(request, Refusal("UNAVAILABLE", "Nothing can be answered now. Try again.", status=503))
            )

    def _take_token(self) -> None:
        now = monotonic()
        self._tokens = min(MESSAGES_A_SECOND, self._tokens + (now - self._filled_at) * MESSAGES_A_SECOND)
        self._filled_at = now
        if self._tokens < 1:
            raise Refusal("RATE_LIMITED", "A socket says at most 20 things a second.", status=429)
        self._tokens -= 1

    async def _obey(self, request: Mapping[str, Any]) -> None:
        op = request.get("op")
        if op == "SUBSCRIBE":
            await self._subscribe(request)
        elif op == "UNSUBSCRIBE":
            refuse_fields(request, "channel", "market", "depth")
            self.hub.drop(self.session.unsubscribe(request))
            self.outlet.put(answer(request))
        elif op == "LIST":
            refuse_fields(request)
            heard = [each.describe() for each in self.session.subscriptions.values()]
            self.outlet.put(answer(request, subscriptions=heard))
        elif op == "PING":
            refuse_fields(request)
            self.outlet.put(answer(request, at=instant(clock.now())))
        elif op == "AUTHENTICATE":
            await self._authenticate(request)
        else:
            raise Refusal("UNKNOWN_OP", "There is no such op.", status=400)

    async def _subscribe(self, request: Mapping[str, Any]) -> None:
        subscription = self.session.subscribe(request)
        try:
            if subscription.entity_id is None:
                feed = await self.hub.open_market(subscription)
                self.outlet.put(answer(request, **subscription.describe()))
                feed.begin(subscription)
            else:
                begun = await self.hub.open_client(subscription)
                self.outlet.put(answer(request, **subscription.describe(), seq=begun.channel_seq))
                if begun.data:
                    self.outlet.put(entity_message(subscription, SNAPSHOT, begun.channel_seq, begun.data))
                subscription.begin(begun.seq)
        except BaseException:
            self.session.subscriptions.pop(subscription.key, None)
            self.hub.drop(subscription)
            raise

    async def _authenticate(self, request: Mapping[str, Any]) -> None:
        """Learn who speaks, within five seconds; a further token of the same credential prolongs."""
        refuse_fields(request, "token")
        token = request.get("token")
        if not isinstance(token, str):
            raise malformed("A token is needed.")
        if self.session.credential_id is None and monotonic() - self._opened_at > AUTHENTICATE_SECONDS:
            raise NotAuthenticated
        try:
            principal = await self.hub.ask(self._find_principal, token)
        except Refusal as refusal:
            self.outlet.end(FORBIDDEN if refusal.status == 403 else NOT_AUTHENTICATED)
            return
        known = self.session.credential_id
        if known not in (None, principal.credential_id) or principal.organisation_kind == Organisation.Kind.FIRM:
            self.outlet.end(FORBIDDEN)
        elif known is None and self.hub.count_sockets_of(principal.credential_id) >= MOST_SOCKETS_A_CREDENTIAL:
            self.outlet.end(TOO_MANY_SOCKETS)
        else:
            self.session.learn(principal, secret_sha256(token))
            expires_at = instant(principal.expires_at)
            self.outlet.put(answer(request, entity_id=str(principal.entity_id), expires_at=expires_at))

    def _find_principal(self, token: str) -> Principal:
        principal = authenticate_token(token, address=self.session.address)
        require_handshake_signature(self.scope, principal)
        return principal


def _read(text: str | None) -> Mapping[str, Any] | None:
    """The request: an object with an ``id`` that can be echoed; None for anything else."""
    if not text or len(text) > MOST_TEXT:
        return None
    try:
        value = parse_json(text.encode())
    except (Refusal, UnicodeEncodeError):
        return None
    is_request = isinstance(value, dict) and _is_plain(value.get("id")) and isinstance(value.get("op"), str)
    return value if is_request else None


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= 64
    return isinstance(value, int) and not isinstance(value, bool)
