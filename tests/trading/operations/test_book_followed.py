"""Who takes the book once and then the changes of each batch has the book, at every batch: whatever orders come."""

import random
from zlib import crc32

import pytest

from core.domain.refusals import Refusal
from tests.trading.domain.streams import base_seed
from tests.world import World
from trading.contracts import OrderChange
from trading.models import MarketBatch, Order
from trading.operations.amend_order import amend_order
from trading.operations.match_market import forget_books
from trading.queries.order_book import BookView, get_book

STEPS = 160
TYPES = (
    {}, {}, {"time_in_force": "IOC"}, {"time_in_force": "FOK"}, {"type": "POST_ONLY_LIMIT"}, {"type": "ICEBERG"},
    {"type": "ICEBERG"}, {"self_trade_prevention": "CANCEL_OLDEST"}, {"self_trade_prevention": "CANCEL_BOTH"},
    {"self_trade_prevention": "DECREMENT_AND_CANCEL"},
)  # fmt: skip


class Reader:
    """A client as docs/market-data.md tells it: maps from price to size, in text."""

    def __init__(self, book: BookView) -> None:
        self.seq = book.sequence
        self.asks, self.bids = (
            {format(price, "f"): format(size, "f") for price, size in side} for side in (book.asks, book.bids)
        )

    def take(self, batch: MarketBatch) -> None:
        assert batch.first_sequence == self.seq + 1
        for changed, side in ((batch.levels["asks"], self.asks), (batch.levels["bids"], self.bids)):
            for price, size in changed:
                if size == "0":
                    del side[price]
                else:
                    side[price] = size
        self.seq = batch.last_sequence

    def levels(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        return sorted(self.asks.items(), key=lambda each: float(each[0])), sorted(
            self.bids.items(), key=lambda each: -float(each[0])
        )

    def checksum(self) -> int:
        asks, bids = self.levels()
        return crc32("".join(t.replace(".", "").lstrip("0") for each in asks[:10] + bids[:10] for t in each).encode())


class Crowd:
    """A few clients who place, cancel and change orders of every kind at a few prices."""

    def __init__(self, world: World, seed: str) -> None:
        self.world, self.rng = world, random.Random(seed)
        self.clients = [world.client(name, USD="9000000.00", BTC="200") for name in ("Alder", "Birch", "Cedar")]
        self.number = 0

    def act(self) -> None:
        try:
            self.rng.choices((self.place, self.cancel, self.amend), (6, 2, 3))[0]()
        except Refusal:
            """The door says no to some of it."""

    def place(self) -> None:
        rng, self.number = self.rng, self.number + 1
        terms = dict(rng.choice(TYPES))
        amount = rng.randrange(2, 40)
        if terms.get("type") == "ICEBERG":
            terms["display_amount"] = f"{rng.randrange(1, amount) / 10000:.4f}"
        price = f"{60000 + rng.randrange(-12, 13) / 2:.2f}"
        side = rng.choice(("BUY", "SELL"))
        self.world.place(rng.choice(self.clients), f"o{self.number}", side, f"{amount / 10000:.4f}", price, **terms)

    def cancel(self) -> None:
        order = self.someones()
        if order is not None:
            self.world.cancel(order.pk)

    def amend(self) -> None:
        order, rng = self.someones(), self.rng
        if order is not None:
            change = rng.choice(
                (
                    {"base_amount": order.base_amount / 2 // order.market.lot_size * order.market.lot_size},
                    {"base_amount": order.base_amount * 2},
                    {"limit_price": order.limit_price + order.market.tick_size * rng.randrange(-5, 6)},
                )
            )
            amend_order(
                order_id=order.pk, change=OrderChange(**change), credential_id=order.credential_id, version=None,
                at=self.world.at,
            )  # fmt: skip

    def someones(self) -> Order | None:
        orders = list(Order.objects.filter(status="OPEN").select_related("market").order_by("id"))
        return self.rng.choice(orders) if orders else None


@pytest.mark.django_db
def test_a_snapshot_and_the_changes_of_each_batch_are_the_book() -> None:
    world = World()
    crowd = Crowd(world, f"{base_seed()} followed")
    for _ in range(20):
        crowd.place()
    world.match()
    reader = Reader(get_book(symbol="BTC-USD", depth=1000))
    changed = 0
    for step in range(STEPS):
        crowd.act()
        if crowd.rng.random() < 0.4:
            continue
        if step % 40 == 39:
            forget_books()
        world.match()
        for batch in MarketBatch.objects.filter(last_sequence__gt=reader.seq).order_by("last_sequence"):
            reader.take(batch)
            changed += len(batch.levels["asks"]) + len(batch.levels["bids"])
        book = Reader(get_book(symbol="BTC-USD", depth=1000))
        newest = MarketBatch.objects.latest("last_position")
        assert (reader.seq, reader.levels()) == (book.seq, book.levels())
        assert reader.checksum() == newest.checksum == get_book(symbol="BTC-USD", depth=10).checksum
    assert changed > 50
