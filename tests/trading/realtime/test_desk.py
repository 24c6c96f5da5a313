"""The live desk through a real socket protocol: what a page hears, and how it is cut off."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client

from accounts.models import RoleGrant, SocketTicket, StaffSession, StaffUser
from accounts.operations.issue_socket_ticket import issue_socket_ticket
from config.sockets import socket_application
from core import clock
from tests.desk import a_person, fragment, rows_of, signed_in
from tests.sockets import WebSocket
from tests.trading.pages.conftest import Desk
from trading.models import MarketBatch, Order, Trade
from trading.realtime import changes
from trading.realtime.desk import COUNT_SECONDS, SESSION_SECONDS, get_desk
from trading.realtime.desk import Desk as LiveDesk
from trading.realtime.line import MOST_MESSAGES, Line

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
ORIGIN = (b"origin", b"http://localhost")


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk()


@pytest_asyncio.fixture(autouse=True)
async def connections_are_given_back() -> AsyncIterator[None]:
    """The threads that asked the database in a test end with it."""
    yield
    await get_desk().rest()
    await sync_to_async(connections.close_all)()


class Page:
    """A page's end of the socket; checks the gapless numbers of every frame it hears."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.seq = 0

    async def say(self, **message: Any) -> None:
        await self.socket.say(json.dumps(message))

    async def hear(self, *kinds: str, timeout: float = 3) -> dict[str, Any]:
        """The next frame of one of these kinds; heartbeats and counts in between are passed over."""
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.hear(timeout))
            self.seq += 1
            assert frame["seq"] == self.seq
            if frame["type"] in kinds:
                return frame

    async def hear_rows(self) -> dict[str, Any]:
        return await self.hear("ROWS")

    async def is_closed_with(self) -> int:
        while True:
            output = await self.socket.receive_output(timeout=8)
            if output["type"] == "websocket.close":
                return int(output.get("code", 1000))


@sync_to_async
def a_ticket(person: StaffUser | None = None) -> tuple[str, str, Client]:
    client = signed_in(person or a_person())
    ticket = client.post("/ops/socket-tickets").json()["ticket"]
    return ticket, client.cookies[settings.SESSION_COOKIE_NAME].value, client


def a_socket(session: str, *, origin: tuple[bytes, bytes] = ORIGIN) -> WebSocket:
    cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())
    return WebSocket(socket_application(), "/ws/ops", headers=[origin, (b"host", b"localhost"), cookie])


@asynccontextmanager
async def a_page(view: str, query: str = "", rows: list[str] | None = None) -> AsyncIterator[Page]:
    """A page that is subscribed, has read itself and said which rows it shows."""
    ticket, session, _ = await a_ticket()
    socket = a_socket(session)
    assert await socket.connect()
    page = Page(socket)
    await page.say(op="AUTHENTICATE", ticket=ticket)
    await page.hear("AUTHENTICATED")
    await page.say(op="SUBSCRIBE", view=view, query=query, rows=[])
    await page.hear("SUBSCRIBED")
    await page.say(op="ROWS", rows=rows or [])
    await asyncio.sleep(0.05)
    try:
        yield page
    finally:
        if not socket.future.done():
            await socket.leave()


class Relay:
    """Speaks to the desk's group as the relay does."""

    def __init__(self) -> None:
        self.seq = 0

    async def tell(self, market_id: UUID, first: int, last: int, *, seq: int | None = None) -> None:
        self.seq = seq or self.seq + 1
        payload = {"market_id": str(market_id), "first_sequence": first, "last_sequence": last}
        topic = "trading.market.batch_matched"
        message = {
            "type": "desk.message",
            "seq": self.seq,
            "prev_seq": self.seq - 1,
            "topic": topic,
            "payload": payload,
        }
        await get_channel_layer().group_send("desk", message)

    async def beat(self, last_seq: int | None = None) -> None:
        last = self.seq if last_seq is None else last_seq
        await get_channel_layer().group_send("desk", {"type": "desk.heartbeat", "last_seq": last})

    async def after(self, act: Callable[[], Any]) -> Any:
        """Do something to the world, match, and tell of the batch as the relay would."""
        result = await sync_to_async(act)()
        batch = await MarketBatch.objects.order_by("-last_position").afirst()
        assert batch is not None
        await self.tell(batch.market_id, batch.first_sequence, batch.last_sequence)
        return result


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


async def test_a_ticket_opens_one_socket_once() -> None:
    ticket, session, _ = await a_ticket()
    first, second = a_socket(session), a_socket(session)
    for socket in (first, second):
        assert await socket.connect()
    await Page(first).say(op="AUTHENTICATE", ticket=ticket)
    assert json.loads(await first.hear(3))["type"] == "AUTHENTICATED"
    await Page(second).say(op="AUTHENTICATE", ticket=ticket)
    assert await Page(second).is_closed_with() == 4001
    await first.leave()
    assert ticket not in [stored.ticket_sha256 async for stored in SocketTicket.objects.all()]


async def test_a_ticket_is_refused_in_one_way_whatever_is_wrong_with_it() -> None:
    for fault in ("another session", "too old", "suspended", "signed out", "no ticket at all"):
        person = await sync_to_async(a_person)()
        ticket, session, client = await a_ticket(person)
        if fault == "another session":
            _, session, _ = await a_ticket(person)
        elif fault == "too old":
            at = clock.now() - timedelta(seconds=31)
            ticket = await sync_to_async(issue_socket_ticket)(staff_user_id=person.id, session_key=session, at=at)
        elif fault == "suspended":
            await StaffUser.objects.filter(id=person.id).aupdate(status="SUSPENDED")
        elif fault == "signed out":
            await sync_to_async(client.post)("/ops/sign-out")
        else:
            ticket = "x"
        socket = a_socket(session)
        assert await socket.connect()
        await Page(socket).say(op="AUTHENTICATE", ticket=ticket)
        assert await Page(socket).is_closed_with() == 4001, fault


async def test_what_comes_before_a_ticket_ends_the_socket() -> None:
    subscribe = '{"op": "SUBSCRIBE", "view": "BLOTTER", "query": "", "rows": []}'
    for said, code in (("nonsense", 4000), ("[]", 4000), (subscribe, 4001), ('{"op": "SHUTDOWN"}', 4001)):
        socket = a_socket("x")
        assert await socket.connect()
        await socket.say(said)
        assert await Page(socket).is_closed_with() == code, said


async def test_a_message_that_is_none_ends_the_socket() -> None:
    an_id = "01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9"
    for message in (
        {"op": "SHUTDOWN"},
        {"op": "SUBSCRIBE", "view": "SECRETS", "query": "", "rows": []},
        {"op": "SUBSCRIBE", "view": "BLOTTER", "query": "", "rows": ["x"]},
        {"op": "ROWS", "rows": [an_id] * 301},
        {"op": "ROWS"},
        {"op": "AUTHENTICATE", "ticket": "again"},
    ):
        async with a_page("BLOTTER") as page:
            await page.say(**message)
            assert await page.is_closed_with() == 4000, message


async def test_a_page_that_says_nothing_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.realtime.ops_consumer.FIRST_MESSAGE_SECONDS", 0.1)
    socket = a_socket("x")
    assert await socket.connect()
    assert await Page(socket).is_closed_with() == 4001


async def test_another_sites_page_gets_no_socket() -> None:
    _, session, _ = await a_ticket()
    socket = a_socket(session, origin=(b"origin", b"https://evil.example"))
    assert not await socket.connect()


async def test_signing_out_ends_the_sockets_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.realtime.desk.COUNT_SECONDS", 0.2)
    monkeypatch.setattr("trading.realtime.desk.SESSION_SECONDS", 0.2)
    async with a_page("BLOTTER") as page:
        await StaffSession.objects.all().adelete()
        assert await page.is_closed_with() == 4002


async def test_the_desk_rests_when_the_last_page_leaves() -> None:
    async with a_page("BLOTTER"):
        live: LiveDesk = get_desk()
        assert live._tasks
    assert not live._tasks
    async with a_page("BLOTTER") as page:
        await page.hear("HEARTBEAT")


async def test_a_browser_that_does_not_read_is_cut_off() -> None:
    closed: list[int] = []
    blocked = asyncio.Event()

    async def send(_: str) -> None:
        await blocked.wait()

    async def close(code: int) -> None:
        closed.append(code)

    line = Line(send, close)
    for _ in range(MOST_MESSAGES):
        line.put("ROWS")
    assert closed == []
    await asyncio.sleep(0)
    for _ in range(3):
        line.put("ROWS")
    await asyncio.sleep(0.01)
    assert closed == [4008]


async def test_a_megabyte_that_waits_cuts_off_too() -> None:
    closed: list[int] = []

    async def send(_: str) -> None:
        await asyncio.Event().wait()

    async def close(code: int) -> None:
        closed.append(code)

    line = Line(send, close)
    line.put("ROWS", raw=f'"html":"{"x" * 999_000}"')
    await asyncio.sleep(0.01)
    assert closed == []
    line.put("ROWS", raw=f'"html":"{"x" * 999_000}"')
    line.put("ROWS", raw=f'"html":"{"x" * 999_000}"')
    await asyncio.sleep(0.01)
    assert closed == [4008]


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


async def test_losing_the_right_to_read_ends_the_sockets_and_no_ticket_brings_them_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trading.realtime.desk.COUNT_SECONDS", 0.2)
    monkeypatch.setattr("trading.realtime.desk.SESSION_SECONDS", 0.2)
    for loss in ("suspended", "role ended"):
        person = await sync_to_async(a_person)(role="VIEWER")
        ticket, session, client = await a_ticket(person)
        spare = (await sync_to_async(client.post)("/ops/socket-tickets")).json()["ticket"]
        socket = a_socket(session)
        assert await socket.connect()
        page = Page(socket)
        await page.say(op="AUTHENTICATE", ticket=ticket)
        await page.hear("AUTHENTICATED")
        if loss == "suspended":
            await StaffUser.objects.filter(id=person.id).aupdate(status="SUSPENDED")
        else:
            await RoleGrant.objects.filter(staff=person).aupdate(ended_at=clock.now())
        assert await page.is_closed_with() == 4002, loss
        late = a_socket(session)
        assert await late.connect()
        await Page(late).say(op="AUTHENTICATE", ticket=spare)
        assert await Page(late).is_closed_with() == 4001, loss
        assert (await sync_to_async(client.post)("/ops/socket-tickets")).status_code in (302, 404), loss


async def test_who_may_not_read_the_desk_gets_no_ticket() -> None:
    client = await sync_to_async(lambda: signed_in(a_person(role="ADMINISTRATOR")))()
    assert (await sync_to_async(client.post)("/ops/socket-tickets")).status_code == 404


async def test_a_socket_outlives_its_right_by_less_than_five_seconds() -> None:
    assert SESSION_SECONDS + COUNT_SECONDS / 2 <= 5
