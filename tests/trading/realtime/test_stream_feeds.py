"""/v1/stream: what is told to whom."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

from core.models import OutboxMessage
from tests.trading.realtime.follower import Book
from tests.trading.realtime.streams import Program, a_program, act, seal, seqs, settle_down, trade_once
from tests.world import Client, World
from trading.models import Trade
from trading.queries.order_book import get_book

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture
async def world(transactional_db: None) -> World:
    return await sync_to_async(World)()


@pytest_asyncio.fixture
async def pair(world: World) -> tuple[Client, Client]:
    """A seller and a buyer."""
    pair = await sync_to_async(lambda: (world.client("Birch", BTC="10"), world.client("Alder", USD="900000.00")))()
    await seal()
    return pair


async def follow(program: Program, book: Any, seq: int) -> None:
    """Take what is told of the book until ``seq``."""
    while book.seq is None or book.seq < seq:
        book.take(await program.hear("BOOK", "SNAPSHOT", "UPDATE"))


async def the_book(depth: int = 10) -> dict[str, list[tuple[str, str]]]:
    view = await sync_to_async(get_book)(symbol="BTC-USD", depth=depth)
    return {
        side: [(format(price, "f"), format(size, "f")) for price, size in levels]
        for side, levels in (("asks", view.asks), ("bids", view.bids))
    }


async def test_a_book_is_followed_level_by_level_at_each_depth(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair

    def rest() -> None:
        for number in range(14):
            world.place(seller, f"S{number}", "SELL", "0.1", f"{60000 + number}.00")
            world.place(buyer, f"B{number}", "BUY", "0.1", f"{59990 - number}.00")
        world.match()

    await act(rest)
    async with a_program() as shallow, a_program() as deep:
        small, large = Book(), Book()
        await shallow.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        await deep.does("SUBSCRIBE", channel="BOOK", market="BTC-USD", depth=100)
        first = await shallow.hear("BOOK", "SNAPSHOT")
        assert (len(first["data"]["asks"]), first["data"]["phase"], "prev_seq" in first) == (10, "OPEN", False)
        small.take(first)
        # Two of the best are taken: the eleventh and twelfth come into view.
        await act(lambda: (world.place(buyer, "T", "BUY", "0.2", "60001.00"), world.match()))
        update = await shallow.hear("BOOK")
        small.take(update)
        assert sorted(update["data"]["asks"]) == [
            ["60000.00", "0"], ["60001.00", "0"], ["60010.00", "0.1000"], ["60011.00", "0.1000"],
        ]  # fmt: skip
        assert update["data"]["bids"] == []
        assert update["prev_seq"] == first["seq"]
        await follow(deep, large, update["seq"])
        book = await the_book(100)
        assert {side: large.best(side, 100) for side in book} == book
        assert {side: small.best(side, 10) for side in book} == {side: levels[:10] for side, levels in book.items()}
        # What nobody of that depth sees changes nothing for him, and he is told nothing.
        await act(lambda: (world.place(buyer, "F", "BUY", "0.1", "50000.00"), world.match()))
        assert (await deep.hear("BOOK"))["data"]["bids"] == [["50000.00", "0.1000"]]
        beat = await shallow.hear("BOOK", "HEARTBEAT", "UPDATE")
        assert (beat["type"], beat["last_seq"]) == ("HEARTBEAT", small.seq)


async def test_who_comes_later_hears_the_state_and_goes_on_with_the_others(
    world: World, pair: tuple[Client, Client]
) -> None:
    seller, _ = pair
    async with a_program() as early, a_program() as late:
        await early.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        empty = await early.hear("BOOK", "SNAPSHOT")
        assert (empty["data"]["asks"], empty["data"]["checksum"]) == ([], 0)
        await act(lambda: (world.place(seller, "1", "SELL", "0.1", "60000.00"), world.match()))
        first = await early.hear("BOOK")
        await late.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        assert (await late.hear("BOOK", "SNAPSHOT"))["seq"] == first["seq"]
        await act(lambda: (world.place(seller, "2", "SELL", "0.1", "60000.00"), world.match()))
        assert await early.hear("BOOK") | {"sent_at": ""} == await late.hear("BOOK") | {"sent_at": ""}


async def test_trades_are_told_one_by_one(world: World, pair: tuple[Client, Client]) -> None:
    await act(lambda: trade_once(world, *pair, "0"))
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        snapshot = await program.hear("TRADES", "SNAPSHOT")
        assert [each["price"] for each in snapshot["data"]["trades"]] == ["60000.00"]
        for name in "123":
            await sync_to_async(trade_once)(world, *pair, name)
        await seal()
        heard = [await program.hear("TRADES") for _ in range(3)]
        trades = [trade async for trade in Trade.objects.order_by("sequence")]
        assert [message["data"]["id"] for message in heard] == [str(trade.id) for trade in trades[1:]]
        numbers = [trade.sequence for trade in trades]
        assert seqs(heard) == list(pairwise(numbers))
        assert heard[0]["data"] | {"id": "", "traded_at": "", "sequence": 0} == {
            "id": "", "price": "60000.00", "base_amount": "0.10000000", "quote_amount": "6000.000000",
            "taker_side": "BUY", "liquidity": "CONTINUOUS", "sequence": 0, "traded_at": "",
        }  # fmt: skip
        assert (await program.hear("TRADES", "HEARTBEAT"))["last_seq"] == numbers[-1]
        text = str(heard)
        assert not any(str(client.profile_id) in text for client in pair)


async def test_the_ticker_says_how_the_market_stands(world: World, pair: tuple[Client, Client]) -> None:
    seller, _ = pair
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="TICKER", market="BTC-USD")
        before = await program.hear("TICKER", "SNAPSHOT")
        await act(
            lambda: trade_once(world, *pair, "0"),
            lambda: (world.place(seller, "R", "SELL", "0.3", "60001.00"), world.match()),
        )
        told = await program.hear("TICKER")
        assert told["prev_seq"] == before["seq"]
        data = told["data"]
        assert (data["best_ask"], data["best_ask_size"], data["best_bid"]) == ("60001.00", "0.3000", None)
        assert (data["last_price"], data["day_base_volume"], data["phase"]) == ("60000.00", "0.10000000", "OPEN")


async def test_a_client_hears_its_orders_fills_and_balances_and_nobody_elses(
    world: World, pair: tuple[Client, Client]
) -> None:
    seller, buyer = pair
    await act(lambda: (world.place(seller, "S", "SELL", "0.5", "60000.00"), world.match()))
    async with a_program(seller) as one, a_program(buyer) as other, a_program(seller) as twin:
        begun: dict[str, int] = {}
        for program in (one, other, twin):
            for channel in ("ORDERS", "EXECUTIONS", "BALANCES", "TRANSFERS"):
                seq = (await program.does("SUBSCRIBE", channel=channel))["seq"]
                begun = begun if program is not one else begun | {channel: seq}
        open_orders = (await one.hear("ORDERS", "SNAPSHOT"))["data"]
        assert [order["client_order_id"] for order in open_orders["orders"]] == ["S"]
        assert open_orders["is_complete"] is True
        assert (await other.hear("ORDERS", "SNAPSHOT"))["data"]["orders"] == []
        balances = (await other.hear("BALANCES", "SNAPSHOT"))["data"]["balances"]
        assert {each["asset"]: each["balance"] for each in balances}["USD"] == "900000.000000"

        await act(lambda: (world.place(buyer, "B", "BUY", "0.2", "60000.00"), world.match()))

        sold = await one.hear("ORDERS")
        assert (sold["entity_id"], sold["prev_seq"]) == (str(seller.entity_id), begun["ORDERS"])
        event = sold["data"]
        assert (event["type"], event["seq"], event["prev_seq"]) == (
            "trading.order.traded",
            sold["seq"],
            sold["prev_seq"],
        )
        assert (event["data"]["client_order_id"], event["data"]["remaining_base_amount"]) == ("S", "0.30000000")
        fill = await one.hear("EXECUTIONS")
        assert (fill["data"]["data"]["liquidity"], fill["prev_seq"]) == ("MAKER", begun["EXECUTIONS"])
        told = {}
        for _ in range(2):
            message = (await one.hear("BALANCES"))["data"]["data"]
            told[message["asset"]] = Decimal(message["balance"])
        assert told == {"BTC": Decimal("9.8"), "USD": Decimal("11988")}
        assert (await twin.hear("EXECUTIONS"))["data"] == fill["data"]
        kinds = [(await other.hear("ORDERS"))["data"]["type"] for _ in range(2)]
        assert kinds == ["trading.order.accepted", "trading.order.traded"]
        await act(lambda: world.deposit(seller, "USD", "5.00"))
        assert (await one.hear("TRANSFERS"))["data"]["type"] == "settlement.deposit.credited"
        assert (await one.hear("BALANCES"))["data"]["data"]["balance"] == "11993.000000"
        # Nothing of the seller's reaches the buyer.
        await settle_down(1.2)
        assert (await other.does("PING"))["ok"]
        assert str(seller.entity_id) not in str(other.passed)
        assert str(seller.profile_id) not in str(other.passed)


async def test_a_feed_and_the_list_of_events_show_one_sequence(world: World, pair: tuple[Client, Client]) -> None:
    _, buyer = pair
    async with a_program(buyer) as program:
        await program.does("SUBSCRIBE", channel="ORDERS")
        await act(lambda: trade_once(world, *pair, "0"), lambda: trade_once(world, *pair, "1"))
        heard = [await program.hear("ORDERS") for _ in range(4)]
        stored = [
            (row.prev_seq, row.stream_seq)
            async for row in OutboxMessage.objects.filter(entity_id=buyer.entity_id, channel="ORDERS").order_by("id")
        ]
        assert seqs(heard) == stored
        assert (await program.hear("ORDERS", "HEARTBEAT"))["last_seq"] == stored[-1][1]


async def test_what_is_told_while_a_feed_begins_is_told_once(world: World, pair: tuple[Client, Client]) -> None:
    _, buyer = pair

    async def trade() -> None:
        for number in range(6):
            await act(lambda number=number: trade_once(world, *pair, str(number)))  # type: ignore[misc]

    async with a_program(buyer) as program, a_program(buyer) as steady:
        await steady.does("SUBSCRIBE", channel="EXECUTIONS")
        trading = asyncio.create_task(trade())
        begun = 0
        for _ in range(4):
            await asyncio.sleep(0.05)
            begun = (await program.does("SUBSCRIBE", channel="EXECUTIONS"))["seq"]
            await program.does("UNSUBSCRIBE", channel="EXECUTIONS")
        program.passed.clear()
        begun = (await program.does("SUBSCRIBE", channel="EXECUTIONS"))["seq"]
        await trading
        everything = [await steady.hear("EXECUTIONS") for _ in range(6)]
        rest = [message for message in everything if message["seq"] > begun]
        assert seqs([await program.hear("EXECUTIONS") for _ in rest]) == seqs(rest)
        assert [each["prev_seq"] for each in everything[1:]] == [each["seq"] for each in everything[:-1]]


async def test_an_auction_says_what_it_would_come_to(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="AUCTION", market="BTC-USD")
        before = await program.hear("AUCTION", "SNAPSHOT")
        assert before["data"] == {"phase": "OPEN", "price": None, "volume": None, "imbalance": None}

        def call() -> None:
            world.change_phase("HALTED")
            world.match()
            world.change_phase("AUCTION")
            world.match()
            world.place(seller, "S", "SELL", "0.5", "60000.00")
            world.place(buyer, "B", "BUY", "0.2", "60000.00")
            world.match()

        await act(call)
        told = await program.hear("AUCTION")
        while told["data"]["price"] is None:
            told = await program.hear("AUCTION")
        assert (told["data"]["phase"], told["data"]["price"], told["data"]["volume"]) == (
            "AUCTION", "60000.00", "0.20000000",
        )  # fmt: skip
        assert told["prev_seq"] >= before["seq"]
