"""The live desk through a real socket protocol: what a page hears."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from tests.desk import fragment, rows_of, signed_in
from tests.trading.pages.conftest import Desk
from tests.trading.realtime.pages import Relay, a_page
from trading.models import Order, Trade
from trading.realtime import changes

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_new_order_arrives_as_the_row_that_the_page_itself_would_show(desk: Desk) -> None:
    relay = Relay()
    async with a_page("BLOTTER") as page:
        await relay.after(desk.trade_once)
        frame = await page.hear_rows()
        shown = {UUID(row[0]): row[2] for row in frame["rows"]}
        assert list(shown) == [order.id async for order in Order.objects.order_by("-id")]
        listed = (await sync_to_async(lambda: fragment(signed_in(), "/ops/blotter"))()).content.decode()
        for html in shown.values():
            assert html.split(" <small data-age>")[0] in listed
        assert frame["gone"] == []


async def test_a_row_that_no_longer_fits_is_sent_once_more_and_named(desk: Desk) -> None:
    relay = Relay()
    await sync_to_async(lambda: (desk.place(desk.maker, "m", "SELL", "1", "100.00"), desk.match()))()
    resting = await Order.objects.aget()
    async with a_page("BLOTTER", "status=OPEN", [str(resting.id)]) as page:
        await relay.after(lambda: (desk.place(desk.taker, "t", "BUY", "1", "100.00"), desk.match()))
        frame = await page.hear_rows()
        assert [row[0] for row in frame["rows"]] == [str(resting.id)]
        assert "Filled" in frame["rows"][0][2]
        assert frame["gone"] == [str(resting.id)]


async def test_a_filter_lets_only_its_own_rows_through(desk: Desk) -> None:
    relay = Relay()
    async with a_page("BLOTTER", "side=BUY&text=halcyon") as page, a_page("BLOTTER", "market=ETH-USD") as other:
        await relay.after(desk.trade_once)
        frame = await page.hear_rows()
        taken = await Order.objects.aget(client_order_id="t0")
        assert [row[0] for row in frame["rows"]] == [str(taken.id)]
        assert (await other.hear("HEARTBEAT", "ROWS"))["type"] == "HEARTBEAT"


async def test_a_frozen_page_hears_of_its_rows_and_only_how_many_wait(desk: Desk) -> None:
    relay = Relay()
    await sync_to_async(lambda: (desk.place(desk.maker, "m0", "SELL", "1", "100.00"), desk.match()))()
    resting = await Order.objects.aget()
    async with a_page("BLOTTER", "", [str(resting.id)]) as page:
        await page.say(op="FREEZE")
        await relay.after(lambda: (desk.place(desk.taker, "t", "BUY", "0.5", "100.00"), desk.match()))
        frame = await page.hear_rows()
        assert [row[0] for row in frame["rows"]] == [str(resting.id)]
        assert (await page.hear("WAITING"))["count"] == 1
        await page.say(op="THAW")
        await relay.after(lambda: (desk.place(desk.taker, "u", "BUY", "0.1", "100.00"), desk.match()))
        assert len((await page.hear_rows())["rows"]) == 2


async def test_what_changed_while_the_page_was_being_read_is_sent_afterwards(desk: Desk) -> None:
    relay = Relay()
    await sync_to_async(lambda: (desk.place(desk.maker, "m0", "SELL", "1", "100.00"), desk.match()))()
    resting = await Order.objects.aget()
    async with a_page("BLOTTER", "status=OPEN") as page:
        await page.say(op="READING")
        await asyncio.sleep(0.05)
        # The page has read the order as OPEN; it is filled before the page has said which rows it shows.
        await relay.after(lambda: (desk.place(desk.taker, "t", "BUY", "1", "100.00"), desk.match()))
        await asyncio.sleep(0.6)
        await page.say(op="ROWS", rows=[str(resting.id)])
        frame = await page.hear_rows()
        assert frame["gone"] == [str(resting.id)]
        assert "Filled" in frame["rows"][0][2]


async def test_trades_and_the_market_are_live_too(desk: Desk) -> None:
    relay = Relay()
    async with (
        a_page("TRADES") as trades,
        a_page("MARKET", "market=BTC-USD") as market,
        a_page("MARKET", "market=X-Y") as other,
    ):
        await relay.after(desk.trade_once)
        trade = await Trade.objects.aget()
        assert [row[0] for row in (await trades.hear_rows())["rows"]] == [str(trade.id)]
        data = (await market.hear("DATA"))["market"]
        assert data["asks"][0][:3] == ["0.5000", "0.5000", "100.00"]
        assert data["last"] == "100.00"
        assert (await other.hear("HEARTBEAT", "DATA"))["type"] == "HEARTBEAT"


async def test_counts_beside_the_filters_follow(desk: Desk) -> None:
    relay = Relay()
    async with a_page("BLOTTER", "status=OPEN") as page:
        await relay.after(desk.trade_once)
        counts = (await page.hear("DATA", timeout=5))["counts"]
        assert (counts["ALL"], counts["OPEN"], counts["FILLED"]) == ("2", "1", "1")


@pytest.mark.parametrize("how", ["a jump", "a heartbeat that is ahead"])
async def test_a_missing_number_makes_every_page_read_itself_anew(desk: Desk, how: str) -> None:
    relay = Relay()
    async with a_page("BLOTTER") as page, a_page("TRADES") as other:
        await relay.beat(7)
        await asyncio.sleep(0.05)
        if how == "a jump":
            await relay.tell(desk.market_id, 1, 0, seq=9)
        else:
            await relay.beat(9)
        assert (await page.hear("RESYNC"))["reason"] == (await other.hear("RESYNC"))["reason"] == "GAP"


async def test_a_number_that_comes_twice_is_heard_once(desk: Desk) -> None:
    relay = Relay()
    async with a_page("BLOTTER") as page:
        await relay.beat(4)
        await relay.tell(desk.market_id, 1, 0, seq=5)
        await relay.tell(desk.market_id, 1, 0, seq=5)
        await relay.tell(desk.market_id, 1, 0, seq=6)
        with pytest.raises(TimeoutError):
            await page.hear("RESYNC", timeout=1)
        page.socket = None  # the wait that ran out has cancelled the socket's task


async def test_a_hidden_page_gets_heartbeats_and_no_rows(desk: Desk) -> None:
    relay = Relay()
    async with a_page("BLOTTER") as page:
        await page.say(op="PAUSE")
        await relay.after(desk.trade_once)
        assert (await page.hear("HEARTBEAT", "ROWS"))["type"] == "HEARTBEAT"
        await page.say(op="RESUME")
        await relay.after(lambda: (desk.place(desk.taker, "u", "BUY", "0.1", "100.00"), desk.match()))
        assert (await page.hear_rows())["rows"]


async def test_silence_of_the_relay_is_told_and_its_return_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.realtime.desk.SILENCE_SECONDS", 0.5)
    async with a_page("BLOTTER") as page:
        while (await page.hear("HEARTBEAT"))["feed"] != "SILENT":
            pass
        await Relay().beat(3)
        assert (await page.hear("RESYNC"))["reason"] == "FEED_BACK"


async def test_more_than_a_page_can_take_makes_it_read_itself_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.realtime.changes.MOST_CHANGES", 1)
    async with a_page("BLOTTER") as page:
        await Relay().after(desk.trade_once)
        assert (await page.hear("RESYNC", "ROWS"))["reason"] == "TOO_MANY"


async def test_a_lost_database_is_survived(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = Relay()
    async with a_page("BLOTTER") as page:
        with monkeypatch.context() as broken:

            def fail(*_: Any) -> None:
                raise OperationalError("server closed the connection")

            broken.setattr("trading.realtime.desk.collect", fail)
            await relay.after(desk.trade_once)
            assert (await page.hear("RESYNC", "ROWS"))["reason"] == "FEED_FAILED"
        await relay.after(lambda: (desk.place(desk.taker, "u", "BUY", "0.1", "100.00"), desk.match()))
        assert (await page.hear_rows())["rows"]


async def test_rows_of_many_pages_are_written_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[UUID] = []
    original = changes.Painter.write

    def write(painter: Any, row: Any) -> str:
        if row.id not in painter._written:
            written.append(row.id)
        return original(painter, row)

    monkeypatch.setattr(changes.Painter, "write", write)
    async with a_page("BLOTTER") as one, a_page("BLOTTER") as two, a_page("BLOTTER", "side=BUY") as three:
        await Relay().after(desk.trade_once)
        for page in (one, two, three):
            assert (await page.hear_rows())["rows"]
    assert len(written) == len(set(written)) == 2


async def test_the_page_after_the_frames_shows_the_same_rows(desk: Desk) -> None:
    """What a page has heard, put in the order of ids, is what it would read now."""
    relay = Relay()
    shown: dict[str, str] = {}
    async with a_page("BLOTTER", "status=OPEN") as page:
        for number in range(6):
            await relay.after(lambda number=number: desk.trade_once(number))
            frame = await page.hear_rows()
            shown |= {row[0]: row[2] for row in frame["rows"]}
            for gone in frame["gone"]:
                shown.pop(gone)
        read = await sync_to_async(lambda: rows_of(fragment(signed_in(), "/ops/blotter?status=OPEN")))()
        assert [UUID(each) for each in sorted(shown, reverse=True)] == read
