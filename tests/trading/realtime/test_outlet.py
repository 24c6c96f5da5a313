"""The way out to one socket: bounded, merged under pressure, and closed when it does not move."""

import asyncio
from collections.abc import Callable

import pytest

from trading.realtime.stream import outlet as module
from trading.realtime.stream.messages import BookUpdate, FiguresUpdate
from trading.realtime.stream.outlet import MOST_MESSAGES, Outlet

pytestmark = pytest.mark.asyncio


class Socket:
    """A socket that is read, or not: ``opens`` says when the network takes the next message."""

    def __init__(self, *, is_read: bool = True) -> None:
        self.sent: list[str] = []
        self.closed: list[int] = []
        self.opens = asyncio.Event()
        if is_read:
            self.opens.set()
        self.outlet = Outlet(self.send, self.close)

    async def send(self, text: str) -> None:
        await self.opens.wait()
        self.sent.append(text)

    async def close(self, code: int) -> None:
        self.closed.append(code)


def book(prev_seq: int, seq: int, **asks: str) -> BookUpdate:
    return BookUpdate("BTC-USD", prev_seq, seq, {key[1:]: size for key, size in asks.items()}, {}, seq)


async def test_what_is_read_is_sent_in_order_and_nothing_is_merged() -> None:
    socket = Socket()
    for number in range(5):
        socket.outlet.put_update("BOOK", book(number, number + 1, _1="2"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        socket.outlet.put(f"m{number}")
    await asyncio.sleep(0.01)
    assert len(socket.sent) == 10
    assert socket.sent[1::2] == [f"m{number}" for number in range(5)]


async def test_updates_that_wait_become_one_with_the_last_word_on_each_price() -> None:
    socket = Socket(is_read=False)
    socket.outlet.put("first")
    await asyncio.sleep(0)
    socket.outlet.put_update("BOOK", book(1, 2, _10="1", _11="1"))
    socket.outlet.put("event")
    socket.outlet.put_update("BOOK", book(2, 5, _10="0"))
    socket.outlet.put_update("TICKER", FiguresUpdate("TICKER", "BTC-USD", 3, 4, '"old"'))
    socket.outlet.put_update("TICKER", FiguresUpdate("TICKER", "BTC-USD", 4, 9, '"new"'))
    socket.opens.set()
    await asyncio.sleep(0.01)
    first, merged, event, ticker = socket.sent
    assert (first, event) == ("first", "event")
    assert '"seq":5,"prev_seq":1,' in merged
    assert '"asks":[["10","0"],["11","1"]],"checksum":5' in merged
    assert '"seq":9,"prev_seq":3,' in ticker
    assert '"data":"new"' in ticker


async def test_a_snapshot_is_never_behind_what_it_holds_already() -> None:
    socket = Socket(is_read=False)
    socket.outlet.put("first")
    await asyncio.sleep(0)
    socket.outlet.put_update("BOOK", book(1, 2, _10="1"))
    socket.outlet.forget("BOOK")
    socket.outlet.put("snapshot")
    socket.outlet.put_update("BOOK", book(2, 3, _10="4"))
    socket.opens.set()
    await asyncio.sleep(0.01)
    assert [text if text in ("first", "snapshot") else text[-3] for text in socket.sent] == [
        "first",
        "2",
        "snapshot",
        "3",
    ]


@pytest.mark.parametrize(
    "fill",
    [
        lambda outlet: [outlet.put("x") for _ in range(MOST_MESSAGES + 2)],
        lambda outlet: [outlet.put("x" * 400_000) for _ in range(4)],
    ],
)
async def test_who_does_not_read_is_cut_off(fill: Callable[[Outlet], object]) -> None:
    socket = Socket(is_read=False)
    fill(socket.outlet)
    await asyncio.sleep(0.01)
    assert socket.closed == [4008]
    assert socket.outlet.is_closing
    socket.outlet.put("later")
    socket.outlet.put_update("BOOK", book(1, 2))
    await asyncio.sleep(0.01)
    assert socket.sent == []
    assert socket.closed == [4008]


async def test_a_thousand_messages_may_wait() -> None:
    socket = Socket(is_read=False)
    for _ in range(MOST_MESSAGES):
        socket.outlet.put("x")
    socket.opens.set()
    await asyncio.sleep(0.05)
    assert (len(socket.sent), socket.closed) == (MOST_MESSAGES, [])


async def test_one_message_that_cannot_be_sent_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_SECONDS", 0.05)
    socket = Socket(is_read=False)
    socket.outlet.put("x")
    await asyncio.sleep(0.2)
    assert socket.closed == [4008]
