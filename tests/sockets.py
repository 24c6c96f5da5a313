"""A browser's end of a socket, without a network: speaks ASGI with the application.

(The library's own test tools want a server that we do not use.)
"""

from typing import Any

from asgiref.testing import ApplicationCommunicator


class WebSocket(ApplicationCommunicator):
    """One socket to ``path`` with a browser's headers."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "ws",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Ask to be let in; False when the socket was closed instead."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output(timeout=5))["type"] == "websocket.accept")

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, timeout: float) -> str:
        """The text of the next frame."""
        output = await self.receive_output(timeout=timeout)
        assert output["type"] == "websocket.send", output
        return str(output["text"])

    async def leave(self) -> None:
        """Go away, as a closed tab does."""
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait(timeout=5)
