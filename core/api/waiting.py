"""Answers that wait a while for something to tell: a bounded number of them, for each keeps a thread of the web process."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

WAIT_MOST_MILLIS = 10_000
POLL_SECONDS = 0.1

Answer = TypeVar("Answer")


class WaitingRoom:
    """``places`` requests of this process may wait at once, of one asker one; who comes beyond that is answered at once."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: set[Hashable] = set()
        self._door = threading.Lock()

    def wait_for(
        self, asker: Hashable, ask: Callable[[], Answer], is_enough: Callable[[Answer], bool], *, millis: int
    ) -> Answer:
        """What ``ask`` answers once ``is_enough`` says so, or at the end of ``millis`` as it is then."""
        answer = ask()
        if millis <= 0 or is_enough(answer) or not self._enter(asker):
            return answer
        try:
            deadline = time.monotonic() + millis / 1_000
            while not is_enough(answer):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                time.sleep(min(POLL_SECONDS, left))
                answer = ask()
        finally:
            self._waiting.discard(asker)
        return answer

    def _enter(self, asker: Hashable) -> bool:
        with self._door:
            if len(self._waiting) >= self._places or asker in self._waiting:
                return False
            self._waiting.add(asker)
            return True
