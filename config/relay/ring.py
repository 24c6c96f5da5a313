"""Rings for markets in which instructions wait: one doorbell a market, coalesced. Doorbells carry no facts."""

import threading
from time import monotonic

import structlog
from kombu.exceptions import OperationalError as BrokerAway

from config.celery import app
from config.relay.loop import Listener, run_forever
from trading.queries.matching import list_markets_with_waiting_instructions

log = structlog.get_logger()

INSTRUCTIONS_CHANNEL = "countinghouse_instructions"
# Two doorbells of one market are at least so far apart: the task drains the market, so more would find nothing.
COALESCE_SECONDS = 0.02
SWEEP_SECONDS = 1.0
# After a broker failure the bell rests: the sweep finds everything again.
BREAKER_SECONDS = 1.0


class RingLoop:
    """Rings on NOTIFY, and sweeps once a second for what a lost doorbell left waiting."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._next_sweep = 0.0
        self._rest_until = 0.0
        self._has_begun = False

    def turn(self, listener: Listener) -> None:
        for market_id in listener.wait(self._patience()):
            self._due.setdefault(market_id, self._last.get(market_id, 0.0) + COALESCE_SECONDS)
        at = monotonic()
        if at >= self._next_sweep:
            self._next_sweep = at + SWEEP_SECONDS
            for market_id in list_markets_with_waiting_instructions():
                self._due.setdefault(market_id, at)
        if at >= self._rest_until:
            self._begin(at)
            for market_id in [key for key, due in self._due.items() if due <= at]:
                self._ring(market_id, at)

    def _patience(self) -> float:
        wake = min([self._next_sweep, *self._due.values()])
        return max(0.001, wake - monotonic())

    def _begin(self, at: float) -> None:
        """Once a start: what beat would ring for only after its first interval."""
        if not self._has_begun:
            self._has_begun = self._is_sent("settlement.tasks.reconcile_all", [], at)

    def _ring(self, market_id: str, at: float) -> None:
        if self._is_sent("trading.tasks.match_market", [market_id], at):
            self._last[market_id] = at
            del self._due[market_id]

    def _is_sent(self, task: str, ids: list[str], at: float) -> bool:
        try:
            app.send_task(task, args=ids, retry=False)
        except (BrokerAway, OSError) as error:
            log.warning("broker away", error=repr(error))
            self._rest_until = at + BREAKER_SECONDS
            return False
        return True


def run_ring(stop: threading.Event) -> None:
    run_forever(name="ring", channel=INSTRUCTIONS_CHANNEL, stop=stop, turn=RingLoop().turn)
