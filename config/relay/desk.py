"""The groups on the channel layer: what every open back office page hears, and the doorbell of the feeds."""

import asyncio
import threading
from typing import Any

import structlog
from channels.layers import get_channel_layer

log = structlog.get_logger()

DESK_GROUP = "desk"
FEEDS_GROUP = "feeds"
SEND_TIMEOUT_SECONDS = 1.0


class Desk:
    """Sends to a group from a thread, through one event loop of its own that keeps its connections."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="desk", daemon=True).start()
        self._layer = get_channel_layer()

    def send(self, message: dict[str, Any], group: str = DESK_GROUP) -> bool:
        """Send one message; the layer is allowed to be away: the next heartbeat shows the gap."""
        future = asyncio.run_coroutine_threadsafe(self._layer.group_send(group, message), self._loop)
        try:
            future.result(SEND_TIMEOUT_SECONDS)
        except Exception as error:
            # Whatever the layer's client raises: the feed is at most once by contract, and sealing must go on without it.
            future.cancel()
            log.warning("channel layer away", error=repr(error))
            return False
        return True
