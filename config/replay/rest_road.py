"""Replay over the REST API of a running house, with the keys that `manage.py demo` wrote."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from config.demo.flow.rest import Answer, RestClient
from config.demo.sheet import DemoSheet
from config.replay.outcome import MarketOutcome
from config.replay.rows import Row
from core.domain.decimals import CONTEXT
from core.domain.refusals import NotFound, Refusal

PAGE = "500"
BOOK_DEPTH = "1000"


@dataclass(slots=True)
class RestRoad:
    """POST and DELETE /v1/orders. What the answer to a lost request was is found by sending it again."""

    base_url: str
    sheet: DemoSheet
    _clients: dict[str, RestClient] = field(default_factory=dict)
    _begun: dict[str, int] = field(default_factory=dict)
    _last_cancel: dict[str, str] = field(default_factory=dict)

    def house(self) -> str:
        return "|".join(sorted(f"{market['symbol']} {market['created_at']}" for market in self._markets()))

    def begin(self) -> None:
        self._begun = {market["symbol"]: market["sequence"] for market in self._markets()}

    def place(self, row: Row) -> bool:
        client = self._client(row.profile)
        body = {
            "profile_id": client.sheet.profile_id,
            "market": row.market,
            "client_order_id": row.client_order_id,
            "side": row.side,
            "type": row.type,
            "time_in_force": "GTC" if row.type == "LIMIT" else "IOC",
            "base_amount": f"{row.quantity:f}",
        }
        if row.price is not None:
            body["limit_price"] = f"{row.price:f}"
        return _done(client.post("/v1/orders", body)).status == 201

    def cancel(self, row: Row) -> bool:
        client = self._client(row.profile)
        path = f"/v1/orders/by-client-id/{client.sheet.profile_id}/{row.client_order_id}"
        order = _done(client.get(path)).body
        if order["pending_instruction"] == "CANCEL" or order["done_reason"] == "CLIENT_REQUEST":
            return False
        _done(client.delete(f"/v1/orders/{order['id']}"))
        self._last_cancel[client.sheet.profile_id] = order["id"]
        return True

    def match(self) -> None:
        """The house's own workers do."""

    def is_idle(self) -> bool:
        for profile_id, client in self._clients.items():
            waiting = _done(client.get("/v1/orders", profile_id=profile_id, status="PENDING", limit="1")).body["items"]
            cancelled = self._last_cancel.get(profile_id)
            if waiting or (cancelled and _done(client.get(f"/v1/orders/{cancelled}")).body["pending_instruction"]):
                return False
        return True

    def outcomes(self) -> list[MarketOutcome]:
        return [self._outcome(market) for market in sorted(self._markets(), key=lambda each: str(each["symbol"]))]

    def _outcome(self, market: dict[str, Any]) -> MarketOutcome:
        fills, base, value = 0, Decimal(0), Decimal(0)
        for trade in self._trades(market["symbol"]):
            fills += 1
            base = CONTEXT.add(base, Decimal(trade["base_amount"]))
            value = CONTEXT.add(value, Decimal(trade["quote_amount"]))
        book = _done(self._anybody().get(f"/v1/markets/{market['symbol']}/book", depth=BOOK_DEPTH)).body
        levels = [f"{side}|{price}|{size}\n" for side in ("bids", "asks") for price, size in book[side]]
        digest = hashlib.sha256("".join(levels).encode()).hexdigest()
        return MarketOutcome(market["symbol"], fills, base, value, None, market["quote"], len(levels), digest)

    def _trades(self, symbol: str) -> Iterator[dict[str, Any]]:
        query = {"after_sequence": str(self._begun.get(symbol, 0)), "limit": PAGE}
        while True:
            page = _done(self._anybody().get(f"/v1/markets/{symbol}/trades", **query)).body
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _markets(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = _done(self._anybody().get("/v1/markets", limit=PAGE)).body["items"]
        return items

    def _anybody(self) -> RestClient:
        """Public resources are read on anybody's line."""
        return self._client(self.sheet.clients[0].profile_id)

    def _client(self, profile: str) -> RestClient:
        sheet = next((each for each in self.sheet.clients if profile in (each.profile_id, each.reference)), None)
        if sheet is None:
            raise NotFound("profile")
        client = self._clients.get(sheet.profile_id)
        if client is None:
            client = RestClient(self.base_url, sheet, stop=threading.Event(), counts=Counter())
            self._clients[sheet.profile_id] = client
        return client


def _done(answer: Answer) -> Answer:
    """``answer``, unless it is a refusal: that is raised with its code."""
    if not answer.is_done:
        raise Refusal(answer.code, status=answer.status)
    return answer
