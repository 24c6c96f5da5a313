"""The demo's chain: a block now and then, each confirming what is there, and a new payment when the last one is deep enough."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from config.demo.arrivals import COUNTING_CLIENT, Play, send_counting
from config.demo.sheet import DemoSheet
from core.clock import now

BLOCK_SECONDS: Final = 15.0
# A payment counts up for three minutes; the next one comes after six. The chain's file is read whole: so many and no more.
BLOCKS_BETWEEN: Final = 24
MOST_PAYMENTS: Final = 20


@dataclass(slots=True)
class Blocks:
    """Mines until ``stop`` is set. Reads and writes the simulator's file in ``state_dir`` alone."""

    sheet: DemoSheet
    state_dir: Path
    say: Callable[[str], None]
    stop: threading.Event
    seconds: float = BLOCK_SECONDS
    mined: int = field(default=0, init=False)

    def start(self) -> threading.Thread:
        """In a thread that ends with the process."""
        thread = threading.Thread(target=self.run, name="blocks", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """One block after another."""
        while not self.stop.wait(self.seconds):
            try:
                self.mine()
            except (OSError, ValueError) as error:
                self.say(f"flow: no block: {error!r}")

    def mine(self) -> None:
        """A block; every so many a new payment."""
        at = now()
        play = Play.of(self.state_dir, at=at)
        play.chain.mine(at=at)
        self.mined += 1
        paid = next((client for client in self.sheet.clients if client.reference == COUNTING_CLIENT), None)
        if paid is not None and self.mined % BLOCKS_BETWEEN == 0 and self.mined // BLOCKS_BETWEEN <= MOST_PAYMENTS:
            send_counting(play, f"DEMO-ETH-{at:%y%m%d%H%M%S}", UUID(paid.profile_id))
