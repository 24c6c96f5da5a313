"""A book that is read again is the book that was in memory: after every batch of a hostile stream, to the last figure."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from core.clock import now
from core.domain.refusals import Refusal
from core.queries.verifying import verify_all
from tests.world import Client, World
from trading.contracts import OrderChange
from trading.domain.snapshot import take_snapshot
from trading.models import Instruction, Market, Order, OrderEvent, Trade
from trading.operations import match_market as matcher
from trading.operations.amend_order import amend_order
from trading.operations.match_market import forget_books
from trading.operations.prepare_batch import LiveBook, load_book
from trading.queries.invariants import INVARIANTS

TICK, LOT = Decimal("0.50"), Decimal("0.0001")
TERMS = [
    ("LIMIT", "GTC"), ("LIMIT", "GTC"), ("LIMIT", "GTC"), ("LIMIT", "GTT"), ("LIMIT", "IOC"), ("LIMIT", "FOK"),
    ("POST_ONLY_LIMIT", "GTC"), ("ICEBERG", "GTC"), ("ICEBERG", "GTT"), ("STOP_LIMIT", "GTC"), ("STOP_LIMIT", "GTT"),
    ("STOP_MARKET", "GTC"), ("MARKET", "IOC"), ("MARKET", "FOK"), ("BUDGET", "IOC"),
]  # fmt: skip
MODES = ["CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL", "DECREMENT_AND_CANCEL"]


class Stream:
    """Clients and a firm that do whatever they may, and some of what they may not."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World()
        self.world.at = now()
        self.clients = [self.world.client(name, USD="9000000.00", BTC="90") for name in ("Ash", "Birch", "Cedar")]
        self.world.set_reference("60000.00")
        self.count = 0
        self.killed: dict[str, str] | None = None

    def step(self) -> None:
        acts: list[tuple[int, Callable[[], object]]] = [
            (60, self.place), (14, self.amend), (6, self.cancel), (8, self.wait), (2, self.mass_cancel), (4, self.kill),
            (2, self.change_phase), (1, self.set_parameters), (1, self.set_reference), (2, self.undo),
        ]  # fmt: skip
        act = self.random.choices([act for _, act in acts], [weight for weight, _ in acts])[0]
        with suppress(Refusal):
            act()

    def wait(self) -> None:
        self.world.at += timedelta(seconds=self.random.choice([1, 5, 20, 90]))

    def price(self) -> Decimal:
        return Decimal(60_000) + TICK * self.random.randint(-8, 8)

    def place(self) -> None:
        kind, time_in_force = self.random.choice(TERMS)
        lots = self.random.randint(2, 60)
        terms = {"time_in_force": time_in_force, "self_trade_prevention": self.random.choice(MODES), "type": kind}
        price: str | None = str(self.price())
        if kind == "ICEBERG":
            terms["display_amount"] = str(LOT * self.random.randint(1, lots - 1))
        if kind.startswith("STOP"):
            terms["stop_price"] = str(self.price())
        if kind in ("MARKET", "STOP_MARKET", "BUDGET"):
            price = None
        if kind == "BUDGET":
            terms |= {"type": "MARKET", "quote_amount": str(self.random.randint(1, 400))}
        if time_in_force == "GTT":
            terms["expires_at"] = (self.world.at + timedelta(seconds=self.random.choice([10, 30, 120]))).isoformat()
        self.count += 1
        amount = None if kind == "BUDGET" else str(LOT * lots)
        side = self.random.choice(["BUY", "SELL"])
        self.world.place(self.random.choice(self.clients), f"o-{self.count}", side, amount, price, **terms)

    def place_some(self, most: int) -> None:
        for _ in range(self.random.randint(0, most)):
            with suppress(Refusal):
                self.place()

    def _some_order(self) -> Order:
        live = list(Order.objects.filter(status__in=["PENDING", "OPEN", "DORMANT"]).order_by("id"))
        if not live:
            raise Refusal("NOBODY", "There is no order.")
        return self.random.choice(live)

    def amend(self) -> None:
        order = self._some_order()
        change: dict[str, Any] = {}
        if self.random.random() < 0.6:
            change["base_amount"] = LOT * self.random.randint(1, 80)
        if order.limit_price is not None and self.random.random() < 0.5:
            change["limit_price"] = self.price()
        if order.stop_price is not None and self.random.random() < 0.7:
            change["stop_price"] = self.price()
        if order.display_amount is not None and self.random.random() < 0.5:
            change["display_amount"] = LOT * self.random.randint(1, 40)
        if order.expires_at is not None:
            change["expires_at"] = self.world.at + timedelta(seconds=self.random.choice([10, 40]))
        amend_order(
            order_id=order.pk,
            change=OrderChange(**change),
            credential_id=order.credential_id,
            version=None,
            at=self.world.at,
        )

    def cancel(self) -> None:
        self.world.cancel(self._some_order().pk)

    def say(self, kind: str, **payload: str | None) -> None:
        Instruction.objects.create(
            market_id=self.world.market_id, kind=kind, payload=payload, instructed_at=self.world.at,
            actor_id=UUID(int=0), initiator="FIRM",
        )  # fmt: skip

    def _client(self) -> Client:
        return self.random.choice(self.clients)

    def mass_cancel(self) -> None:
        selection = self.random.choice(
            [
                {"side": self.random.choice(["BUY", "SELL"])},
                {"profile_id": str(self._client().profile_id)},
                {"credential_id": str(self._client().credential.credential_id), "side": "BUY"},
            ]
        )
        self.say("MASS_CANCEL", reason="MASS_CANCEL", **selection)

    def kill(self) -> None:
        """Engage a switch, or release the one that is engaged."""
        if self.killed is not None:
            self.say("RELEASE_KILL", **self.killed)
            self.killed = None
            return
        client = self._client()
        scope, scope_id = self.random.choice(
            [
                ("PROFILE", client.profile_id),
                ("ENTITY", client.entity_id),
                ("CREDENTIAL", client.credential.credential_id),
            ]
        )
        self.killed = {"scope": scope, "scope_id": str(scope_id)}
        self.say("ENGAGE_KILL", **self.killed)
        self.place_some(3)

    def change_phase(self) -> None:
        """Orders that are on their way meet the new phase; in the end the market opens again, by an auction where it has one."""
        away = self.random.choice([phase for phase in Market.Phase.values if phase != "OPEN"])
        self.say("CHANGE_PHASE", phase=away, reason="TESTS")
        self.place_some(6)
        for phase in ("AUCTION" if "AUCTION" in Market.Phase.values else "CANCEL_ONLY", "OPEN"):
            self.say("CHANGE_PHASE", phase=phase, reason="TESTS")

    def set_parameters(self) -> None:
        entry, execution = self.random.choice([(None, None), ("0.0001", None), ("0.05", "0.00005")])
        steps = self.random.choice([(TICK, LOT), (TICK * 2, LOT), (TICK, LOT * 2)])
        tick, lot = (str(step) for step in steps)
        self.say("SET_PARAMETERS", entry_band=entry, execution_band=execution, tick_size=tick, lot_size=lot)

    def set_reference(self) -> None:
        price = self.price()
        self.say("SET_REFERENCE", ticks=str(int(price / TICK)), price=str(price))

    def undo(self) -> None:
        trade = Trade.objects.order_by("-id").first()
        if trade is None:
            return
        facts = {
            "trade_id": str(trade.pk), "buy_order_id": str(trade.buy_order_id), "sell_order_id": str(trade.sell_order_id),
            "price": str(trade.price), "base_amount": str(trade.base_amount),
        }  # fmt: skip
        if self.random.random() < 0.5:
            self.say("BUST", **facts)
        else:
            self.say("CORRECT", **facts, corrected_price=str(trade.price + TICK), corrected_base_amount=str(LOT))


def everything(live: LiveBook) -> str:
    """The book, the money side of its orders, and what is shown of it."""
    book = live.book
    orders = [*book.orders.values(), *book.dormant.values()]
    told = {
        "book": asdict(take_snapshot(book)),
        "accounts": {str(order.order_id): asdict(order.account) for order in orders},
        "sequence": live.written,
        "state": live.watch.state.value(),
        "checksum": live.watch.visible.checksum(
            units_per_tick=live.watch.text.units_per_tick, units_per_lot=live.watch.text.units_per_lot
        ),
    }
    return json.dumps(told, default=str, sort_keys=True, indent=1)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_the_book_that_is_read_again_is_the_one_that_was_in_memory(seed: int) -> None:
    stream = Stream(seed)
    market = str(stream.world.market_id)
    for _ in range(220):
        stream.step()
        if stream.random.random() < 0.3:
            stream.world.match()
            if market in matcher._live:
                assert everything(load_book(market)) == everything(matcher._live[market])
            if stream.random.random() < 0.3:
                forget_books()
    stream.world.match()

    # Everything has been told that a book keeps something of.
    kinds = set(OrderEvent.objects.values_list("kind", flat=True))
    assert kinds >= {
        "TRADED", "PREVENTED", "PARKED", "TRIGGERED", "AMENDED", "AMEND_REFUSED", "MASS_CANCELLED", "KILL_ENGAGED",
        "KILL_RELEASED", "PARAMETERS_CHANGED", "REFERENCE_SET", "PHASE_CHANGED", "BUSTED",
    }  # fmt: skip
    broken = [verdict for verdict in verify_all(INVARIANTS, at=now()) if verdict.count or verdict.error]
    assert not broken, broken
