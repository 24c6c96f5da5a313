"""Many at once: bounded threads, each with a connection of its own, which is closed at the end."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

THREADS = 8
Given, Got = TypeVar("Given"), TypeVar("Got")


def at_once(work: Callable[[Given], Got], given: Iterable[Given], *, threads: int = THREADS) -> list[Got]:
    """``work`` for each of ``given`` in ``threads`` threads; the answers in their order."""
    everybody = threading.Barrier(threads)

    def leave(_: int) -> None:
        # Nobody ends before all have come: so each thread closes once.
        everybody.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(pool.map(work, given))
        finally:
            list(pool.map(leave, range(threads)))
