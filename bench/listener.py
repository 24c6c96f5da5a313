"""A lean end of a WebSocket for load generators: what it hears is handed on unread."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import Any


class Listener(asyncio.Protocol):
    """One socket: says its requests once it is let in, then hands each text frame to ``hears``; ``closed`` is its close code."""

    def __init__(self, port: int, requests: list[str], hears: Callable[[bytes], None]) -> None:
        self.port, self.requests, self.hears = port, requests, hears
        self.buffer, self.is_open = b"", False
        self.closed: int | None = None
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        )
        self.transport.write(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open and not self._is_let_in():
            return
        at = 0
        while (frame := self._frame(at)) is not None:
            opcode, payload, at = frame
            self._take(opcode, payload)
        self.buffer = self.buffer[at:]

    def _is_let_in(self) -> bool:
        """Whether the answer to the opening request is there and good; then everything is asked for."""
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode(errors="replace"))
        self.is_open, self.buffer = True, rest
        for request in self.requests:
            self.say(request)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 1:
            self.hears(payload)
        elif opcode == 8:
            self.closed = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self.transport.close()
        elif opcode == 9:
            self._send(10, payload)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = self.closed or 1006

    def say(self, text: str) -> None:
        self._send(1, text.encode())

    def _frame(self, at: int) -> tuple[int, bytes, int] | None:
        """The frame that begins at ``at``, if all of it is there: opcode, payload, and where the next one begins."""
        buffer = self.buffer
        if len(buffer) < at + 2:
            return None
        opcode, size, start = buffer[at] & 15, buffer[at + 1] & 127, at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(buffer) < start + width:
                return None
            size, start = int.from_bytes(buffer[start : start + width], "big"), start + width
        if len(buffer) < start + size:
            return None
        return opcode, buffer[start : start + size], start + size

    def _send(self, opcode: int, payload: bytes) -> None:
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack("!H", size)
        masked = bytes(byte ^ mask[number % 4] for number, byte in enumerate(payload))
        self.transport.write(bytes([0x80 | opcode]) + length + mask + masked)
