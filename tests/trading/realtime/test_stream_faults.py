"""Bells that are lost, doubled and out of order, a layer that is restarted, a client that misses messages or does not read."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.layers import channel_layers

from config.embedded.linux import dying_with
from config.embedded.valkey import Valkey
from core.operations.seal_outbox import Sealing
from tests.config.places import open_place
from tests.trading.realtime.follower import Book, Gap
from tests.trading.realtime.streams import Program, a_program, act, ring, seal, trade_once
from tests.world import Client, World
from trading.models import Market, MarketBatch
from trading.queries.order_book import get_book
from trading.realtime.stream.hub import Hub, get_hub

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
SEED = int(os.environ.get("SEED", "20260302"))


@pytest_asyncio.fixture
async def world(transactional_db: None) -> World:
    return await sync_to_async(World)()


@pytest_asyncio.fixture
async def pair(world: World) -> tuple[Client, Client]:
    pair = await sync_to_async(lambda: (world.client("Birch", BTC="100"), world.client("Alder", USD="9000000.00")))()
    await seal()
    return pair


class Trading:
    """Two clients who place orders around one price, a few a batch, the same for the same seed."""

    def __init__(self, world: World, pair: tuple[Client, Client]) -> None:
        self.world, self.pair = world, pair
        self.chance = random.Random(SEED)
        self.number = 0

    def batch(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self.number += 1
            side = self.chance.choice(["BUY", "SELL"])
            ticks = self.chance.randint(-4, 12) * (1 if side == "SELL" else -1)
            client = self.pair[0 if side == "SELL" else 1]
            self.world.place(client, f"O{self.number}", side, "0.0150", f"{60000 + ticks}.00")
        self.world.match()


async def the_checksum() -> int:
    return (await sync_to_async(get_book)(symbol="BTC-USD", depth=10)).checksum


async def the_last_change() -> int:
    """The number of the last batch that changed the book."""
    batches = MarketBatch.objects.exclude(levels={"asks": [], "bids": []}).order_by("-last_sequence")
    batch = await batches.afirst()
    assert batch is not None
    return batch.last_sequence


async def follow_to_the_end(program: Program, book: Any, *, seconds: float = 4) -> None:
    """Hear until the book is where its market is; nothing may be missing on the way."""
    end = await the_last_change()
    async with asyncio.timeout(seconds):
        while book.seq is None or book.seq < end:
            book.take(await program.hear("BOOK", "SNAPSHOT", "UPDATE", "HEARTBEAT"))


async def with_bad_bells(trading: Trading) -> None:
    """Thirty batches: of their bells one in three is lost (the last one too), others come twice, late and out of order."""
    late: list[Sealing] = []
    for _ in range(30):
        await sync_to_async(trading.batch)()
        for sealing in await seal(rings=False):
            fate = trading.chance.choice(["lost", "twice", "late"])
            if fate == "twice":
                await ring(sealing)
                await ring(sealing)
            elif fate == "late":
                late.append(sealing)
        if trading.chance.random() < 0.3:
            trading.chance.shuffle(late)
            while late:
                await ring(late.pop())
    await sync_to_async(trading.batch)()
    await seal(rings=False)


async def test_bells_lost_doubled_and_out_of_order_change_nothing(world: World, pair: tuple[Client, Client]) -> None:
    async with a_program() as public, a_program(pair[1]) as private:
        book = Book()
        await public.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        begun = (await private.does("SUBSCRIBE", channel="ORDERS"))["seq"]

        await with_bad_bells(Trading(world, pair))

        await follow_to_the_end(public, book)
        assert book.checksum() == await the_checksum()
        last, heard = begun, 0
        while (message := await private.hear("ORDERS", "UPDATE", "HEARTBEAT"))["type"] == "UPDATE" or heard == 0:
            if message["type"] == "UPDATE":
                assert message["prev_seq"] == last
                last, heard = message["seq"], heard + 1
        assert message["last_seq"] == last


async def test_without_the_look_of_each_second_a_lost_bell_stays_lost(
    world: World, pair: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(Hub, "_behind", lambda _self, _seen: set())
    async with a_program() as public:
        book = Book()
        await public.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        await with_bad_bells(Trading(world, pair))
        with pytest.raises(TimeoutError):
            await follow_to_the_end(public, book)
        assert book.checksum() != await the_checksum()


async def test_a_client_sees_each_message_that_it_missed_and_is_whole_again(
    world: World, pair: tuple[Client, Client]
) -> None:
    trading, chance = Trading(world, pair), random.Random(SEED + 1)
    planted = noticed = 0
    async with a_program() as program:
        book = Book()
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        book.take(await program.hear("BOOK", "SNAPSHOT"))
        for _ in range(25):
            before = await the_last_change() if book.seq else 0
            await act(trading.batch)
            if await the_last_change() == before:
                continue
            update = await program.hear("BOOK")
            if chance.random() < 0.4:
                planted += 1
                with pytest.raises(Gap):
                    while True:
                        book.take(await program.hear("BOOK", "UPDATE", "HEARTBEAT"))
                noticed += 1
                await program.does("UNSUBSCRIBE", channel="BOOK", market="BTC-USD")
                program.passed.clear()
                await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
                update = await program.hear("BOOK", "SNAPSHOT")
            book.take(update)
            # Heard twice is heard once.
            book.take(update)
        assert planted > 3
        assert noticed == planted
        assert book.checksum() == await the_checksum()


async def test_who_does_not_read_is_cut_off_and_the_others_hear_everything(
    world: World, pair: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading.realtime.stream.outlet.MOST_MESSAGES", 20)
    monkeypatch.setattr("trading.realtime.stream.outlet.SEND_SECONDS", 60.0)
    async with a_program(pair[1]) as deaf:
        (stuck,) = get_hub().sessions
        await deaf.does("SUBSCRIBE", channel="ORDERS")
        await deaf.does("SUBSCRIBE", channel="EXECUTIONS")
        monkeypatch.setattr(stuck.outlet, "_send", never)
        async with a_program(pair[1]) as keen:
            await keen.does("SUBSCRIBE", channel="EXECUTIONS")
            trades = asyncio.create_task(trade(world, pair, 15))
            heard = [await keen.hear("EXECUTIONS") for _ in range(15)]
            assert [each["prev_seq"] for each in heard[1:]] == [each["seq"] for each in heard[:-1]]
            await trades
            assert await deaf.is_closed_with() == 4008
            await keen.does("PING")


async def never(_: str) -> None:
    await asyncio.Event().wait()


async def trade(world: World, pair: tuple[Client, Client], count: int) -> None:
    for number in range(count):
        await act(lambda number=number: trade_once(world, *pair, f"{number}"))  # type: ignore[misc]


async def test_who_is_hopelessly_behind_begins_anew(
    world: World, pair: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading.realtime.stream.hub.MOST_BEHIND", 3)
    async with a_program(pair[1]) as program:
        await program.does("SUBSCRIBE", channel="ORDERS")
        for number in range(3):
            await sync_to_async(trade_once)(world, *pair, f"{number}")
        await seal(rings=False)
        assert await program.is_closed_with() == 4010


async def test_a_copy_that_does_not_follow_is_read_anew_and_sent_whole(
    world: World, pair: tuple[Client, Client]
) -> None:
    trading = Trading(world, pair)
    async with a_program() as program:
        book = Book()
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD", depth=100)
        await act(trading.batch)
        await follow_to_the_end(program, book)
        (feed,) = get_hub().markets.values()
        assert feed.copy is not None
        # Something has gone wrong with the copy in memory.
        feed.copy.asks.change([("59000.00", "7.0000")])
        await act(trading.batch)
        snapshot = await program.hear("BOOK", "SNAPSHOT", "UPDATE")
        assert snapshot["type"] == "SNAPSHOT"
        book.take(snapshot)
        await act(trading.batch)
        await follow_to_the_end(program, book)
        assert book.checksum() == await the_checksum()


async def test_a_batch_whose_levels_were_too_many_to_keep_is_read_as_a_whole(
    world: World, pair: tuple[Client, Client], settings: Any
) -> None:
    settings.BATCH_LEVELS_KEPT = 0
    async with a_program() as program:
        book = Book()
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        book.take(await program.hear("BOOK", "SNAPSHOT"))
        await act(Trading(world, pair).batch)
        snapshot = await program.hear("BOOK", "SNAPSHOT")
        book.take(snapshot)
        market = await Market.objects.aget()
        assert (book.seq, book.checksum()) == (market.sequence, await the_checksum())


class Layer:
    """The channel layer's server, which can be stopped and started again."""

    def __init__(self, state: Path) -> None:
        self.valkey = Valkey(state)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.valkey.prepare()
        self.process = subprocess.Popen(
            self.valkey.command(),
            env=self.valkey.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            **self.valkey.identity.popen_arguments(),
        )
        for _ in range(200):
            if self.valkey.is_ready():
                return
            time.sleep(0.05)
        raise AssertionError("the layer does not answer")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def layer(settings: Any) -> Iterator[Layer]:
    with open_place() as place:
        yield from run_layer(Layer(place / "state"), settings)


def run_layer(server: Layer, settings: Any) -> Iterator[Layer]:
    server.start()
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [server.valkey.channel_layer_url()], "prefix": "countinghouse"},
        }
    }
    channel_layers.backends.clear()
    yield server
    server.kill()
    channel_layers.backends.clear()


@pytest_asyncio.fixture
async def quiet(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], None]]:
    """Stops the look of each second: what is told then was rung for."""
    yield lambda: monkeypatch.setattr(Hub, "_behind", lambda _self, _seen: set())


async def test_a_layer_that_is_killed_and_comes_back_is_only_a_bell_out_of_order(
    layer: Layer, world: World, pair: tuple[Client, Client], quiet: Callable[[], None]
) -> None:
    trading = Trading(world, pair)
    async with a_program() as program:
        book = Book()
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        await act(trading.batch)
        await follow_to_the_end(program, book)

        layer.kill()
        for _ in range(5):
            await sync_to_async(trading.batch)()
        await seal(rings=False)
        await follow_to_the_end(program, book)
        assert book.checksum() == await the_checksum()

        # Who comes while it is away is let in and told.
        async with a_program() as late:
            await late.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
            assert (await late.hear("BOOK", "SNAPSHOT"))["data"]["checksum"] == await the_checksum()

        layer.start()
        await asyncio.sleep(1.5)
        quiet()
        await act(trading.batch, trading.batch, trading.batch)
        await follow_to_the_end(program, book)
        assert book.checksum() == await the_checksum()
