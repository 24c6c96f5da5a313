"""What one socket hears."""

from dataclasses import dataclass, field
from uuid import UUID

from trading.realtime.stream.outlet import TOO_SLOW, Outlet

PUBLIC = ("BOOK", "TRADES", "TICKER", "AUCTION")
# The scope that each private channel takes.
PRIVATE = {
    "ORDERS": "orders:read",
    "EXECUTIONS": "orders:read",
    "BALANCES": "profiles:read",
    "TRANSFERS": "funding:read",
    "SETTLEMENT": "funding:read",
    "IDENTITIES": "identities:read",
    "APPROVALS": "approvals:read",
}
MOST_HELD = 1_000


@dataclass(eq=False, slots=True)
class Subscription:
    """One feed on one socket: a market's, or a client's own. ``last_seq`` is the last number that was told of a client's."""

    outlet: Outlet
    channel: str
    market: str = ""
    depth: int = 0
    entity_id: UUID | None = None
    cancels: bool = False
    is_begun: bool = False
    last_seq: int = 0
    # What comes while the snapshot is read, as (seq, text).
    held: list[tuple[int, str]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What a socket can hear once."""
        return self.channel, self.market

    def hear(self, seq: int, text: str) -> None:
        """Tell a message of a client's stream, once; until the subscription has begun it is kept back."""
        if not self.is_begun:
            self.held.append((seq, text))
            if len(self.held) > MOST_HELD:
                self.outlet.end(TOO_SLOW)
        elif seq > self.last_seq:
            self.last_seq = seq
            self.outlet.put(text)

    def begin(self, seq: int) -> None:
        """Everything up to ``seq`` is known to the hearer: go on from there."""
        self.is_begun, self.last_seq = True, seq
        held, self.held = self.held, []
        for number, text in held:
            self.hear(number, text)

    def describe(self) -> dict[str, object]:
        """As LIST names it."""
        named: dict[str, object] = {"channel": self.channel}
        if self.market:
            named["market"] = self.market
        if self.depth:
            named["depth"] = self.depth
        if self.cancels:
            named["cancel_on_disconnect"] = True
        return named
