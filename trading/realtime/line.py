"""The way out to one browser: numbered frames in a bounded queue."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from core import clock

MOST_MESSAGES = 1_000
MOST_BYTES = 1_000_000
TOO_SLOW = 4008

Send = Callable[[str], Coroutine[Any, Any, None]]
Close = Callable[[int], Coroutine[Any, Any, None]]


class Line:
    """Frames for one socket, in order, each with the connection's gapless ``seq``.

    A browser that does not read would fill our memory: with 1,000 frames or a megabyte waiting it is cut off (4008) and reads
    the page anew when it comes back.
    """

    def __init__(self, send: Send, close: Close) -> None:
        self._send = send
        self._close = close
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._seq = 0
        self._wake = asyncio.Event()
        self._closing: int | None = None
        self._writer = asyncio.create_task(self._write())

    def put(self, kind: str, fields: dict[str, Any] | None = None, *, raw: str = "") -> None:
        """Queue a frame. ``raw`` is JSON members written already, for what many sockets are told alike."""
        if self._closing is not None:
            return
        self._seq += 1
        head = {"seq": self._seq, "type": kind, "at": clock.now().isoformat(timespec="milliseconds")}
        text = json.dumps(head | (fields or {}), separators=(",", ":"))
        if raw:
            text = f"{text[:-1]},{raw}}}"
        self._waiting.append(text)
        self._bytes += len(text)
        if len(self._waiting) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            self.end(TOO_SLOW)
        self._wake.set()

    def end(self, code: int) -> None:
        """Close the socket with ``code``; what still waits is not sent."""
        if self._closing is None:
            self._closing = code
            self._waiting.clear()
            self._bytes = 0
            self._writer.cancel()
            self._writer = asyncio.create_task(self._close(code))

    def drop(self) -> None:
        """The socket is gone: send nothing more."""
        self._closing = self._closing or 1000
        self._writer.cancel()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                text = self._waiting.popleft()
                self._bytes -= len(text)
                await self._send(text)
