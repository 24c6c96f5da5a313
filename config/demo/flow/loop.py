"""The flow's clock: so many actions a second, each by the next client, none waiting for another's answer."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from config.demo import cast
from config.demo.flow.rest import NoAnswer, RestClient
from config.demo.flow.trader import Trader
from config.demo.flow.walk import MarketView
from config.demo.sheet import DemoSheet

THREADS = 16
REPORT_SECONDS = 30.0
# Makers act more often than takers, for a book has to stand before somebody can take from it.
MAKER_SHARE = 0.6
# Behind by more than this, the clock does not try to catch up: the house was away.
FORGIVEN_SECONDS = 2.0
NOTIONALS = {"BTC-USD": 3_000, "ETH-USD": 2_000, "SOL-USD": 1_200, "USDC-USD": 2_500}


@dataclass(slots=True)
class Flow:
    """``rate`` actions a second until ``stop`` is set. The seed decides who does what; answers and fills do the rest."""

    sheet: DemoSheet
    base_url: str
    rate: float
    seed: int
    say: Callable[[str], None]
    stop: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, *, actions: int | None = None) -> None:
        """Trade for ever, or do so many ``actions`` and wait for their answers."""
        rng = random.Random(self.seed)  # noqa: S311 - a play, not a secret
        traders = self._traders(rng)
        if not traders:
            return
        makers = [trader for trader in traders if trader[0].is_maker]
        takers = [trader for trader in traders if not trader[0].is_maker]
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="flow")
        begun = reported = time.monotonic()
        for number in itertools.count() if actions is None else range(actions):
            begun = self._keep_time(begun, number)
            if self.stop.is_set():
                break
            for market in traders[0][0].markets:
                market.walk(rng, 1 / self.rate)
            trader, lock = rng.choice(makers if rng.random() < MAKER_SHARE else takers)
            # Who still waits for an answer does not act again meanwhile: what waits in the pool stays bounded.
            if lock.acquire(blocking=False):
                pool.submit(self._act, trader, lock)
            else:
                self.counts["busy"] += 1
            if time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                self.report()
        pool.shutdown(wait=True, cancel_futures=self.stop.is_set())
        for trader, _ in traders:
            trader.rest.close()

    def report(self) -> None:
        counted = ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items()))
        self.say(f"flow: {counted or 'nothing yet'}")

    def _keep_time(self, begun: float, number: int) -> float:
        """Sleep until action ``number`` is due; answers when the count began, later when it fell behind."""
        wait = begun + number / self.rate - time.monotonic()
        if wait < -FORGIVEN_SECONDS:
            return begun - wait
        if wait > 0:
            self.stop.wait(wait)
        return begun

    def _act(self, trader: Trader, lock: threading.Lock) -> None:
        try:
            trader.act()
        except NoAnswer:
            self.counts["gave up"] += 1
        except Exception as error:
            # One client's trouble is not the others'; it is said, and this client looks anew at what it has.
            self.say(f"flow: {trader.rest.sheet.name}: {error!r}")
            self.counts["failed"] += 1
            trader.looked_at = float("-inf")
        finally:
            lock.release()

    def _traders(self, rng: random.Random) -> list[tuple[Trader, threading.Lock]]:
        markets = self._markets()
        if markets is None:
            return []
        # To the microsecond: two runs with one seed would send the same orders, and the house would answer the first ones.
        run = f"{datetime.now(UTC):%y%m%d%H%M%S%f}"
        deposits = {client.reference: client.deposits for client in cast.CLIENTS}
        # map over count, unlike a generator, may be asked by many threads.
        names = map(f"flow-{run}-{{}}".format, itertools.count(1))
        return [
            (
                Trader(
                    rest=RestClient(self.base_url, client, stop=self.stop, counts=self.counts),
                    is_maker=client.role == cast.MAKER,
                    markets=markets,
                    names=names,
                    rng=random.Random(rng.random()),  # noqa: S311
                    counts=self.counts,
                    home=dict(deposits.get(client.reference, {})),
                ),
                threading.Lock(),
            )
            for client in self.sheet.clients
            if client.role != cast.VISITOR
        ]

    def _markets(self) -> list[MarketView] | None:
        """The demo's markets as the house lists them; none when the flow was stopped before it answered."""
        homes = {market.symbol: market.first_price for market in cast.MARKETS}
        anybody = RestClient(self.base_url, self.sheet.clients[0], stop=self.stop, counts=self.counts)
        try:
            answer = anybody.get("/v1/markets", limit="500")
        except NoAnswer:
            return None
        finally:
            anybody.close()
        return [
            MarketView.of(item, home=homes[item["symbol"]], notional=Decimal(NOTIONALS[item["symbol"]]))
            for item in answer.body["items"]
            if item["symbol"] in homes
        ]
