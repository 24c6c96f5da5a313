"""The socket of the live desk: who gets one, and how it is cut off."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from accounts.models import RoleGrant, SocketTicket, StaffSession, StaffUser
from accounts.operations.issue_socket_ticket import issue_socket_ticket
from core import clock
from tests.desk import a_person, signed_in
from tests.trading.realtime.pages import Page, a_page, a_socket, a_ticket
from trading.realtime.desk import COUNT_SECONDS, SESSION_SECONDS, get_desk
from trading.realtime.desk import Desk as LiveDesk
from trading.realtime.line import MOST_MESSAGES, Line

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


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
