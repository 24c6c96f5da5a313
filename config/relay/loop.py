"""What every loop of the relay has in common: a connection that listens, and a stop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

log = structlog.get_logger()

PAUSE_AFTER_FAILURE_SECONDS = 0.5


class Listener:
    """A connection of its own that waits for NOTIFY on one channel."""

    def __init__(self, channel: str) -> None:
        parameters = connection.get_connection_params()
        parameters.pop("cursor_factory", None)
        parameters.pop("context", None)
        # Waiting for a doorbell is no idle transaction and no slow statement.
        self._connection = psycopg.connect(**parameters, autocommit=True)
        self._connection.execute(f"LISTEN {channel}")

    def wait(self, timeout_seconds: float) -> Iterator[str]:
        """The payloads that arrive within the timeout; ends with the first handful."""
        for notify in self._connection.notifies(timeout=timeout_seconds, stop_after=1):
            yield notify.payload

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()


def run_forever(*, name: str, channel: str, stop: threading.Event, turn: Callable[[Listener], None]) -> None:
    """Call ``turn`` until ``stop``.

    A lost database is waited for; any other failure ends the process for its supervisor to restart.
    """
    listener: Listener | None = None
    try:
        while not stop.is_set():
            try:
                listener = listener or Listener(channel)
                turn(listener)
            except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("database away", loop=name, error=str(error).splitlines()[0])
                if listener is not None:
                    listener.close()
                    listener = None
                connection.close()
                close_old_connections()
                stop.wait(PAUSE_AFTER_FAILURE_SECONDS)
    except Exception:
        log.exception("relay loop failed", loop=name)
        stop.set()
        raise
    finally:
        if listener is not None:
            listener.close()
        connection.close()
