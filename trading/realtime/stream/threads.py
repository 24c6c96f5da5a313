"""The hub's four threads, in which alone the database is spoken to."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection

THREADS = 4

Answer = TypeVar("Answer")


class Threads:
    """Each has a connection of its own, which goes with it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="feeds")

    async def ask(self, question: Callable[..., Answer], *args: Any) -> Answer:
        """Ask the database in one of them. A lost connection is given up, so that the next one is new."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _asked, question, args)

    async def close(self) -> None:
        """End them, and give their connections back."""
        loop, started = asyncio.get_running_loop(), len(self._pool._threads)
        # They wait for each other, so that each closes its own.
        together = Barrier(max(1, started))
        await asyncio.gather(*(loop.run_in_executor(self._pool, _give_back, together) for _ in range(started)))
        self._pool.shutdown(wait=False)


def _asked(question: Callable[..., Answer], args: Iterable[Any]) -> Answer:
    try:
        return question(*args)
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def _give_back(together: Barrier) -> None:
    connection.close()
    together.wait(5)
