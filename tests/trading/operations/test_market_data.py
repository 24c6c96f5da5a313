"""What each batch leaves for those who watch: the levels it changed with the checksum, and the ticker."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.world import World
from trading.models import MarketBatch, Ticker
from trading.operations.match_market import forget_books
from trading.queries.order_book import get_book


@pytest.fixture
def world(db: None) -> World:
    return World()


def newest() -> MarketBatch:
    return MarketBatch.objects.latest("last_position")


def levels() -> tuple[Any, Any]:
    """Bids and asks that the newest batch changed."""
    changed = newest().levels
    return changed["bids"], changed["asks"]


def test_a_batch_keeps_each_level_it_changed_with_what_is_displayed_there_now(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="100000.00")
    world.place(seller, "S1", "SELL", "0.5", "60000.50")
    world.place(seller, "S2", "SELL", "0.25", "60000.50")
    world.place(seller, "S3", "SELL", "2", "60100.00", type="ICEBERG", display_amount="0.1")
    world.place(buyer, "B1", "BUY", "0.0003", "59990.00")
    world.match()
    assert levels() == ([["59990.00", "0.0003"]], [["60000.50", "0.7500"], ["60100.00", "0.1000"]])

    world.place(buyer, "B2", "BUY", "0.75", "60000.50")
    world.cancel(world.order(buyer, "B1").id)
    world.match()
    assert levels() == ([["59990.00", "0"]], [["60000.50", "0"]])

    # An iceberg shows again what it had shown: nobody sees a change.
    world.place(buyer, "B3", "BUY", "0.1", "60100.00", time_in_force="IOC")
    world.match()
    assert levels() == ([], [])


def test_the_checksum_is_that_of_the_book_read_from_the_orders(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="1000000.00")
    for number in range(12):
        world.place(seller, f"S{number}", "SELL", "0.5", f"{60000 + number}.00")
        world.place(buyer, f"B{number}", "BUY", "0.5", f"{59990 - number}.50")
    world.match()
    assert newest().checksum == get_book(symbol="BTC-USD", depth=10).checksum
    world.place(seller, "S", "SELL", "1.2", "59989.50")
    world.match()
    assert newest().checksum == get_book(symbol="BTC-USD", depth=10).checksum


def test_a_matcher_that_begins_anew_tells_changes_from_where_the_other_left_off(world: World) -> None:
    buyer = world.client("Alder", USD="1000000.00")
    world.place(buyer, "B1", "BUY", "0.5", "59990.00")
    world.match()
    forget_books()
    world.place(buyer, "B2", "BUY", "0.5", "59990.00")
    world.match()
    assert levels() == ([["59990.00", "1.0000"]], [])


def test_a_batch_that_changes_too_many_levels_keeps_none(world: World, settings: Any) -> None:
    settings.BATCH_LEVELS_KEPT = 1
    buyer = world.client("Alder", USD="1000000.00")
    world.place(buyer, "B1", "BUY", "0.5", "59990.00")
    world.place(buyer, "B2", "BUY", "0.5", "59991.00")
    world.match()
    assert newest().levels is None
    assert newest().checksum == get_book(symbol="BTC-USD", depth=10).checksum


def figures(*names: str) -> list[str | None]:
    ticker = Ticker.objects.get()
    values = [getattr(ticker, name) for name in names]
    return [None if value is None else f"{value.normalize():f}" for value in values]


BEST = ("best_bid", "best_bid_size", "best_ask", "best_ask_size")
DAY = ("day_open", "day_high", "day_low", "day_base_volume", "day_quote_volume")


def test_the_ticker_goes_with_each_batch(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="1000000.00")
    world.place(seller, "S1", "SELL", "0.5", "60000.50")
    world.match()
    assert figures(*BEST) == [None, None, "60000.5", "0.5"]
    assert figures("last_price", "last_size", *DAY) == [None] * 7

    world.place(buyer, "B1", "BUY", "0.2", "60000.50")
    world.place(buyer, "B2", "BUY", "0.1", "59990.00")
    world.match()
    assert figures(*BEST) == ["59990", "0.1", "60000.5", "0.3"]
    assert figures("last_price", "last_size") == ["60000.5", "0.2"]
    assert figures(*DAY) == ["60000.5", "60000.5", "60000.5", "0.2", "12000.1"]

    world.place(seller, "S2", "SELL", "0.1", "59990.00")
    world.match()
    assert figures(*DAY) == ["60000.5", "60000.5", "59990", "0.3", "17999.1"]
    ticker = Ticker.objects.get()
    assert (ticker.sequence, ticker.day) == (world.market.sequence, world.at.date())

    # What trades nothing leaves the last trade and the day as they are.
    world.set_reference("61000.00")
    assert figures("last_price", "reference_price") == ["59990", "61000"]
    assert figures(*DAY) == ["60000.5", "60000.5", "59990", "0.3", "17999.1"]


def test_another_day_begins_anew_even_within_one_batch(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="10"), world.client("Alder", USD="1000000.00")
    world.place(seller, "S1", "SELL", "5", "60000.00")
    world.place(buyer, "B1", "BUY", "0.1", "60000.00")
    world.match()
    world.place(buyer, "B2", "BUY", "0.1", "60000.00")
    world.at += timedelta(days=1)
    world.place(buyer, "B3", "BUY", "0.2", "60000.00")
    world.place(buyer, "B4", "BUY", "0.2", "60000.00")
    world.match()
    assert figures("day_base_volume", "day_quote_volume") == ["0.4", "24000"]
    assert Ticker.objects.get().day == world.at.date()
    world.at += timedelta(days=3)
    world.place(buyer, "B5", "BUY", "0.3", "60000.00")
    world.match()
    assert figures("day_base_volume", "last_size") == ["0.3", "0.3"]


def test_all_of_it_is_one_statement_a_batch(world: World) -> None:
    buyer = world.client("Alder", USD="1000000.00")
    world.place(buyer, "B1", "BUY", "0.5", "59990.00")
    world.match()
    for number in range(20):
        world.place(buyer, f"C{number}", "BUY", "0.5", f"{59000 + number}.00")
    with CaptureQueriesContext(connection) as captured:
        world.match()
    ours = [each["sql"] for each in captured if "trading_ticker" in each["sql"] or "trading_marketbatch" in each["sql"]]
    assert len(ours) == 1
    assert Decimal(Ticker.objects.get().best_bid or 0) == Decimal("59990")
