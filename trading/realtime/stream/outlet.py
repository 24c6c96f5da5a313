"""The way out to one socket: messages in a bounded queue of its own, so that who does not read holds up nobody else."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

MOST_MESSAGES = 1_000
MOST_BYTES = 1_000_000
SEND_SECONDS = 5.0
TOO_SLOW = 4008

Send = Callable[[str], Coroutine[Any, Any, None]]
Close = Callable[[int], Coroutine[Any, Any, None]]


class Update(Protocol):
    """A message that may be merged with the one after it while neither has been sent."""

    def merged(self, after: Any) -> "Update":
        """Both as one: what was before this one, and how it stands after that one."""
        ...

    @property
    def text(self) -> str:
        """The message as it is sent."""
        ...

    @property
    def size(self) -> int:
        """About how many bytes that is."""
        ...


class _Slot:
    """Where an update waits in the queue; a later one of the same feed is merged into it."""

    __slots__ = ("key", "update")

    def __init__(self, key: object, update: Update) -> None:
        self.key, self.update = key, update


class Outlet:
    """With 1,000 messages or a megabyte waiting, or one message that cannot be sent within 5 s, the socket is closed (4008)."""

    def __init__(self, send: Send, close: Close) -> None:
        self._send, self._close = send, close
        self._waiting: deque[str | _Slot] = deque()
        self._slots: dict[object, _Slot] = {}
        self._bytes = 0
        self._wake = asyncio.Event()
        self._closing: int | None = None
        self._writer = asyncio.create_task(self._write())

    @property
    def is_closing(self) -> bool:
        return self._closing is not None

    def put(self, text: str) -> None:
        """Queue a message."""
        self._take(text, len(text))

    def put_update(self, key: object, update: Update) -> None:
        """Queue an update of the feed ``key``; one of it that still waits takes this one in."""
        slot = self._slots.get(key)
        if slot is not None:
            self._bytes -= slot.update.size
            slot.update = slot.update.merged(update)
            self._bytes += slot.update.size
        elif self._closing is None:
            slot = self._slots[key] = _Slot(key, update)
            self._take(slot, update.size)

    def forget(self, key: object) -> None:
        """What still waits of the feed ``key`` is sent as it is: nothing further is merged into it."""
        self._slots.pop(key, None)

    def end(self, code: int) -> None:
        """Close the socket with ``code``; what still waits is not sent."""
        if self._closing is None:
            self._closing = code
            self._waiting.clear()
            self._slots.clear()
            self._bytes = 0
            self._writer.cancel()
            self._writer = asyncio.create_task(self._close(code))

    def end_after_sending(self, code: int) -> None:
        """Close the socket with ``code`` once what waits has been sent."""
        if self._closing is None and not self._waiting:
            self.end(code)
        elif self._closing is None:
            asyncio.get_running_loop().call_later(0.01, self.end_after_sending, code)

    def drop(self) -> None:
        """The socket is gone: send nothing more."""
        self._closing = self._closing or 1000
        self._waiting.clear()
        self._writer.cancel()

    def _take(self, item: "str | _Slot", size: int) -> None:
        if self._closing is not None:
            return
        self._waiting.append(item)
        self._bytes += size
        if len(self._waiting) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            self.end(TOO_SLOW)
        self._wake.set()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                item = self._waiting.popleft()
                if isinstance(item, _Slot):
                    if self._slots.get(item.key) is item:
                        del self._slots[item.key]
                    self._bytes -= item.update.size
                    text = item.update.text
                else:
                    self._bytes -= len(item)
                    text = item
                try:
                    async with asyncio.timeout(SEND_SECONDS):
                        await self._send(text)
                except TimeoutError:
                    self.end(TOO_SLOW)
