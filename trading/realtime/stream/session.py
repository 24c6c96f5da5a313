"""One socket: who speaks, what it hears, and what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from accounts.api.authentication import may_come_from
from accounts.contracts import Principal
from core.api.client_address import Address
from core.domain.refusals import Refusal
from trading.queries.order_book import DEPTHS
from trading.realtime.stream.outlet import Outlet
from trading.realtime.stream.subscription import PRIVATE, PUBLIC, Subscription

MOST_SUBSCRIPTIONS = 100
CANCELLING = "orders:write"


class NotAuthenticated(Exception):
    """A private feed was asked for by nobody in particular: the socket is closed (4001)."""


@dataclass(eq=False, slots=True)
class Session:
    """What is known of a socket. Nobody speaks through it until a token is shown."""

    outlet: Outlet
    address: Address | None = None
    token_sha256: str = ""
    credential_id: UUID | None = None
    entity_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    subscriptions: dict[tuple[str, str], Subscription] = field(default_factory=dict)
    began: float = field(default_factory=monotonic)

    def is_nobody(self, seconds: float) -> bool:
        """Whether nobody has shown a token or asked to hear anything for so long: a place that others may want."""
        return self.credential_id is None and not self.subscriptions and monotonic() - self.began > seconds

    @property
    def cancels(self) -> bool:
        """Whether what the credential has resting is cancelled when the socket ends, however it ends."""
        return any(each.cancels for each in self.subscriptions.values())

    def learn(self, principal: Principal, token_sha256: str) -> None:
        """Somebody has shown a token: who it is and what it allows."""
        self.token_sha256 = token_sha256
        self.credential_id, self.entity_id, self.scopes = principal.credential_id, principal.entity_id, principal.scopes

    def keeps_rights(self, principal: Principal) -> bool:
        """Whether what is heard may still be heard, from where it is heard."""
        needed = {PRIVATE[each.channel] for each in self.subscriptions.values() if each.channel in PRIVATE}
        return needed <= principal.scopes and may_come_from(principal.allowed_networks, self.address)

    def subscribe(self, request: Mapping[str, Any]) -> Subscription:
        """The subscription that is asked for. Refuses what is none, what is heard already, and what is not allowed."""
        channel = read_channel(request)
        if channel in PUBLIC:
            wanted = Subscription(self.outlet, channel, market=read_market(request), depth=read_depth(request))
        else:
            wanted = self._private(channel, request)
        if wanted.key in self.subscriptions:
            raise Refusal("ALREADY_SUBSCRIBED", "This socket hears that already.")
        if len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            most = str(MOST_SUBSCRIPTIONS)
            raise Refusal("TOO_MANY_SUBSCRIPTIONS", f"A socket hears at most {most} feeds.", meta={"most": most})
        self.subscriptions[wanted.key] = wanted
        return wanted

    def unsubscribe(self, request: Mapping[str, Any]) -> Subscription:
        """The subscription that is to end. Refuses one that is not there."""
        channel, market = read_channel(request), request.get("market", "")
        found = self.subscriptions.pop((channel, market), None) if isinstance(market, str) else None
        if found is None:
            raise Refusal("NOT_SUBSCRIBED", "This socket does not hear that.")
        return found

    def _private(self, channel: str, request: Mapping[str, Any]) -> Subscription:
        refuse_fields(request, "channel", *(("cancel_on_disconnect",) if channel == "ORDERS" else ()))
        if self.entity_id is None:
            raise NotAuthenticated
        self._need(PRIVATE[channel])
        cancels = request.get("cancel_on_disconnect", False)
        if not isinstance(cancels, bool):
            raise malformed("cancel_on_disconnect is true or false.")
        if cancels:
            self._need(CANCELLING)
        return Subscription(self.outlet, channel, entity_id=self.entity_id, cancels=cancels)

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal("SCOPE_MISSING", f"The scope {scope} is needed.", meta={"scope": scope}, status=403)


def refuse_fields(request: Mapping[str, Any], *known: str) -> None:
    """Refuse a request with other fields than its id, its op and these."""
    unknown = set(request) - {"id", "op", *known}
    if unknown:
        raise malformed(f"There is no field {sorted(unknown)[0][:64]!r} here.")


def malformed(detail: str) -> Refusal:
    return Refusal("MALFORMED_MESSAGE", detail, status=400)


def read_channel(request: Mapping[str, Any]) -> str:
    channel = request.get("channel")
    if not isinstance(channel, str) or channel not in {*PUBLIC, *PRIVATE}:
        raise Refusal("UNKNOWN_CHANNEL", "There is no such channel.", status=400)
    return channel


def read_market(request: Mapping[str, Any]) -> str:
    refuse_fields(request, "channel", "market", *(("depth",) if request.get("channel") == "BOOK" else ()))
    market = request.get("market")
    if not isinstance(market, str):
        raise malformed("A market is needed.")
    if not 0 < len(market) <= 33:
        raise Refusal("UNKNOWN_MARKET", "There is no such market.", status=404)
    return market


def read_depth(request: Mapping[str, Any]) -> int:
    """The depth of a BOOK, 10 unless told; other channels have none."""
    if request.get("channel") != "BOOK":
        return 0
    depth = request.get("depth", DEPTHS[0])
    if isinstance(depth, bool) or not isinstance(depth, int) or depth not in DEPTHS:
        raise malformed(f"The depth is one of {', '.join(map(str, DEPTHS))}.")
    return depth
