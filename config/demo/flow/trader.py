"""What one simulated client does next. It knows its own balances and orders, and what it believes a market is worth."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from config.demo.flow.rest import Answer, RestClient
from config.demo.flow.walk import MarketView
from config.demo.quoting import QUOTED

CANCEL_SHARE = 0.25
# How often a taker asks the house for a price instead, and how often it takes it.
QUOTE_SHARE, TAKE_SHARE = 0.06, 0.6
MAKER_ORDERS, TAKER_ORDERS = 40, 6
MAKER_LEVELS = 12
LOOK_SECONDS = 10.0
# How strongly a client leans back towards what it began with: 1 at nothing or at twice as much.
LEAN = 0.45


@dataclass(slots=True)
class RestingOrder:
    order_id: str
    symbol: str
    is_buy: bool
    ticks: int


@dataclass(slots=True)
class Trader:
    """A maker quotes around its belief; a taker crosses the spread. Both cancel, and neither has many orders open."""

    rest: RestClient
    is_maker: bool
    markets: list[MarketView]
    names: Iterator[str]
    rng: random.Random
    counts: Counter[str]
    # What it began with, by asset: where its inventory is to return to.
    home: dict[str, Decimal]
    available: dict[str, Decimal] = field(default_factory=dict)
    balances: dict[str, Decimal] = field(default_factory=dict)
    resting: list[RestingOrder] = field(default_factory=list)
    looked_at: float = float("-inf")

    def act(self) -> None:
        """Do one thing: cancel, quote or take."""
        if time.monotonic() - self.looked_at > LOOK_SECONDS:
            self._look()
        most = MAKER_ORDERS if self.is_maker else TAKER_ORDERS
        if self.resting and (len(self.resting) >= most or self.rng.random() < CANCEL_SHARE * self._cancel_weight()):
            self._cancel()
            return
        market = self.rng.choice(self.markets)
        if not self.is_maker and market.symbol in QUOTED and self.rng.random() < QUOTE_SHARE:
            self._deal(market)
            return
        is_buy = self.rng.random() < 0.5 - LEAN * self._surplus(market.base)
        if self.is_maker:
            self._quote(market, is_buy)
        else:
            self._take(market, is_buy)

    def _cancel_weight(self) -> float:
        """Makers move their quotes; takers seldom have any."""
        return 1.3 if self.is_maker else 1.0

    def _look(self) -> None:
        """Read balances and open orders: fills come without being asked for."""
        profile = self.rest.sheet.profile_id
        balances = self.rest.get(f"/v1/profiles/{profile}/balances")
        if balances.is_done:
            for item in balances.body["items"]:
                self.available[item["asset"]] = Decimal(item["available"])
                self.balances[item["asset"]] = Decimal(item["balance"])
        orders = self.rest.get("/v1/orders", profile_id=profile, status="OPEN", limit="200")
        if orders.is_done:
            ticks = {market.symbol: market.tick for market in self.markets}
            self.resting = [
                RestingOrder(
                    item["id"],
                    item["market"],
                    item["side"] == "BUY",
                    int(Decimal(item["limit_price"]) / ticks[item["market"]]),
                )
                for item in reversed(orders.body["items"])
                if item["limit_price"] is not None and item["market"] in ticks and item["pending_instruction"] is None
            ]
        self.looked_at = time.monotonic()

    def _surplus(self, asset: str) -> float:
        """From -1 (nothing left) over 0 (as at the beginning) to 1 (twice as much)."""
        home = self.home.get(asset)
        if not home:
            return 0.0
        return max(-1.0, min(1.0, float(self.balances.get(asset, home) / home) - 1.0))

    def _cancel(self) -> None:
        """The order furthest from what the market is worth now, or any."""
        mids = {market.symbol: market.mid for market in self.markets}
        order = (
            max(self.resting, key=lambda each: abs(each.ticks - mids[each.symbol]) / mids[each.symbol])
            if self.rng.random() < 0.6
            else self.rng.choice(self.resting)
        )
        self.resting.remove(order)
        answer = self.rest.delete(f"/v1/orders/{order.order_id}")
        self.counts["cancelled" if answer.is_done else f"refused {answer.code}"] += 1

    def _quote(self, market: MarketView, is_buy: bool) -> None:
        spread = max(1.0, market.mid * 0.0002)
        # Who has much of the base asset quotes a little lower on both sides.
        belief = market.mid * (1 - 0.0004 * self._surplus(market.base))
        distance = spread * (0.5 + self.rng.randrange(MAKER_LEVELS))
        ticks = round(belief - distance) if is_buy else round(belief + distance)
        self._place(market, is_buy, ticks=ticks, lots=market.lots(self.rng) * 4)

    def _take(self, market: MarketView, is_buy: bool) -> None:
        lots, draw = market.lots(self.rng), self.rng.random()
        if draw < 0.3:
            self._place(market, is_buy, ticks=None, lots=lots, type="MARKET", time_in_force="IOC")
            return
        reach = market.mid * 0.0006 * (1 if is_buy else -1)
        terms = {"time_in_force": "IOC"} if draw < 0.6 else {}
        if draw > 0.85:
            # Patient: it joins the makers and waits.
            reach = -reach / 2
        self._place(market, is_buy, ticks=round(market.mid + reach), lots=lots, **terms)

    def _deal(self, market: MarketView) -> None:
        """Ask the house for a price, and take it more often than not."""
        lots = max(market.fewest_lots, market.lots(self.rng) // 20)
        asked = {
            "profile_id": self.rest.sheet.profile_id,
            "market": market.symbol,
            "side": self.rng.choice(("BUY", "SELL")),
        }
        quote = self.rest.post("/v1/quotes", asked | {"base_amount": market.amount(lots)})
        if not quote.is_done:
            self.counts[f"refused {quote.code}"] += 1
            return
        self.counts["quoted"] += 1
        if self.rng.random() < TAKE_SHARE:
            address = f"/v1/quotes/{quote.body['id']}/execute"
            taken = self.rest.post(address, {"client_reference": next(self.names)})
            self.counts["quotes taken" if taken.is_done else f"refused {taken.code}"] += 1

    def _place(self, market: MarketView, is_buy: bool, *, ticks: int | None, lots: int, **terms: str) -> None:
        lots = self._affordable(market, is_buy, lots)
        if lots < market.fewest_lots:
            self.counts["sat out"] += 1
            return
        order: dict[str, Any] = {
            "profile_id": self.rest.sheet.profile_id,
            "market": market.symbol,
            "client_order_id": next(self.names),
            "side": "BUY" if is_buy else "SELL",
            "type": "LIMIT",
            "time_in_force": "GTC",
            "base_amount": market.amount(lots),
        } | terms
        if ticks is not None:
            order["limit_price"] = market.price(ticks)
        answer = self.rest.post("/v1/orders", order)
        self._note(answer, market, is_buy, ticks, order["time_in_force"])

    def _note(self, answer: Answer, market: MarketView, is_buy: bool, ticks: int | None, time_in_force: str) -> None:
        if not answer.is_done:
            self.counts[f"refused {answer.code}"] += 1
            return
        self.counts["placed"] += 1
        held = answer.body["held_asset"]
        self.available[held] = self.available.get(held, Decimal(0)) - Decimal(answer.body["held_amount"])
        if ticks is not None and time_in_force == "GTC":
            self.resting.append(RestingOrder(answer.body["id"], market.symbol, is_buy, ticks))

    def _affordable(self, market: MarketView, is_buy: bool, lots: int) -> int:
        """No more than a twentieth of what is available: nobody runs dry on one order."""
        mid = Decimal(round(market.mid)) * market.tick
        asset, per_lot = (market.quote, mid * market.lot) if is_buy else (market.base, market.lot)
        known = self.available.get(asset)
        return lots if known is None else min(lots, int(known / per_lot / 20))
