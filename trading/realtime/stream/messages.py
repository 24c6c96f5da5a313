"""The messages of the stream as text, each written once however many hear it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import clock
from core.api.problem import TYPE_PREFIX
from core.domain.event_id import event_id
from core.domain.refusals import Refusal
from core.queries.feeds import FeedMessage
from trading.domain.book_copy import Level
from trading.realtime.stream.subscription import Subscription

SNAPSHOT, UPDATE, HEARTBEAT = "SNAPSHOT", "UPDATE", "HEARTBEAT"


def instant(moment: datetime) -> str:
    """As every answer of the API writes a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)


def market_message(channel: str, symbol: str, kind: str, seq: int, prev_seq: int | None, data: str) -> str:
    """One message of a market's feed; ``data`` is JSON. A snapshot follows nothing: it has no ``prev_seq``."""
    before = "" if prev_seq is None else f'"prev_seq":{prev_seq},'
    return (
        f'{{"channel":"{channel}","market":"{symbol}","type":"{kind}","seq":{seq},{before}'
        f'"sent_at":"{instant(clock.now())}","data":{data}}}'
    )


def entity_message(subscription: Subscription, kind: str, seq: int, data: str) -> str:
    """A snapshot of a client's feed; ``data`` is JSON."""
    return (
        f'{{"channel":"{subscription.channel}","entity_id":"{subscription.entity_id}","type":"{kind}","seq":{seq},'
        f'"sent_at":"{instant(clock.now())}","data":{data}}}'
    )


def event_message(message: FeedMessage) -> str:
    """One event of a client's stream, which reads as `GET /v1/events` shows it."""
    event = (
        f'{{"id":"{event_id(message.entity_id, message.seq)}","seq":{message.seq},"prev_seq":{message.prev_seq},'
        f'"channel":"{message.channel}","type":"{message.topic}","subject_type":"{message.subject_type}",'
        f'"subject_id":"{message.subject_id}","occurred_at":"{message.occurred_at}","data":{message.payload}}}'
    )
    return (
        f'{{"channel":"{message.channel}","entity_id":"{message.entity_id}","type":"{UPDATE}","seq":{message.seq},'
        f'"prev_seq":{message.prev_seq},"sent_at":"{instant(clock.now())}","data":{event}}}'
    )


def heartbeat(channel: str, whose: str, last_seq: int) -> str:
    """``whose`` is the JSON member that names the market or the entity."""
    return f'{{"channel":"{channel}",{whose},"type":"{HEARTBEAT}","last_seq":{last_seq},"sent_at":"{instant(clock.now())}"}}'


def answer(request: Mapping[str, Any], **facts: Any) -> str:
    """That a request was done; echoes its id and op."""
    return compact({"id": request.get("id"), "op": request.get("op"), "ok": True} | facts)


def problem(request: Mapping[str, Any], refusal: Refusal) -> str:
    """That a request was refused, as a problem of the API reads."""
    title = refusal.code.replace("_", " ").capitalize()
    body = {
        "type": f"{TYPE_PREFIX}{refusal.code}",
        "title": title,
        "status": refusal.status,
        "detail": refusal.detail or f"{title}.",
        "code": refusal.code,
        "meta": dict(refusal.meta or {}),
    }
    return compact({"id": request.get("id"), "op": request.get("op"), "ok": False, "problem": body})


def levels_json(asks: Iterable[Level], bids: Iterable[Level]) -> str:
    return f'"bids":{compact([list(each) for each in bids])},"asks":{compact([list(each) for each in asks])}'


class BookUpdate:
    """What changed of a book between two numbers: the last word on each price."""

    __slots__ = ("_text", "asks", "bids", "checksum", "prev_seq", "seq", "symbol")

    def __init__(
        self, symbol: str, prev_seq: int, seq: int, asks: dict[str, str], bids: dict[str, str], checksum: int
    ) -> None:
        self.symbol, self.prev_seq, self.seq = symbol, prev_seq, seq
        self.asks, self.bids, self.checksum = asks, bids, checksum
        self._text = ""

    def merged(self, after: "BookUpdate") -> "BookUpdate":
        """This one and the one after it as one."""
        asks, bids = self.asks | after.asks, self.bids | after.bids
        return BookUpdate(self.symbol, self.prev_seq, after.seq, asks, bids, after.checksum)

    @property
    def size(self) -> int:
        return 160 + 32 * (len(self.asks) + len(self.bids))

    @property
    def text(self) -> str:
        """Written once, for all who hear it."""
        if not self._text:
            data = f'{{{levels_json(self.asks.items(), self.bids.items())},"checksum":{self.checksum}}}'
            self._text = market_message("BOOK", self.symbol, UPDATE, self.seq, self.prev_seq, data)
        return self._text


@dataclass(frozen=True, slots=True)
class FiguresUpdate:
    """How a market stands (TICKER, AUCTION): the last of two numbers."""

    channel: str
    symbol: str
    prev_seq: int
    seq: int
    data: str

    def merged(self, after: "FiguresUpdate") -> "FiguresUpdate":
        """The later figures, after what was before these."""
        return FiguresUpdate(self.channel, self.symbol, self.prev_seq, after.seq, after.data)

    @property
    def size(self) -> int:
        return 120 + len(self.data)

    @property
    def text(self) -> str:
        return market_message(self.channel, self.symbol, UPDATE, self.seq, self.prev_seq, self.data)
