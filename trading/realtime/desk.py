"""The desk of this process: hears the relay once for all its sockets, and four times a second tells each what it wants.

The relay numbers what it sends and repeats the last number each second. A number that is missing, whatever the reason, is
answered in one way: every page reads itself anew.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.db import InterfaceError, OperationalError, connection

from accounts.queries.sessions import list_live_sessions
from core import clock
from trading.realtime.changes import Delivery, Listener, collect, collect_rows, count_for
from trading.realtime.subscription import Subscription

log = structlog.get_logger()

GROUP = "desk"
TICK_SECONDS = 0.25
BEAT_SECONDS = 1.0
SILENCE_SECONDS = 3.0
COUNT_SECONDS = 2.0
RESYNC_SECONDS = 2.0
SESSION_SECONDS = 4.0
MOST_COUNTED_FILTERS = 20
SIGNED_OUT = 4002
# What a person has to hold to be told anything here.
READS = "desk.read"

Answer = TypeVar("Answer")


class Desk:
    """Sockets of one event loop, and the tasks that feed them; starts with the first socket, ends with the last."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._subscriptions: set[Subscription] = set()
        self._ranges: dict[UUID, tuple[int, int]] = {}
        self._last_seq: int | None = None
        self._heard_at = 0.0
        self._is_silent = False
        self._hears = asyncio.Event()
        self._are_counts_old = False
        # One thread: one connection to the database, and statements never race each other.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, subscription: Subscription) -> None:
        """Take a socket in; returns when the group is heard, so that nothing falls between its page and its feed."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._forever(turn)) for turn in (self._hear, self._tick, self._beat, self._watch)
            ]
        self._subscriptions.add(subscription)
        await asyncio.wait_for(self._hears.wait(), timeout=5)

    async def leave(self, subscription: Subscription) -> None:
        """Let a socket go; with the last one the desk rests."""
        self._subscriptions.discard(subscription)
        if not self._subscriptions:
            await self.rest()

    async def rest(self) -> None:
        """Stop listening and give the database connection back."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._hears.clear()
        self._last_seq = None
        self._ranges.clear()
        await self.ask(_give_back)

    async def ask(self, question: Callable[..., Answer], *args: Any) -> Answer:
        """Ask the database something in the desk's thread. A lost connection is given up, so that the next one is new."""
        return await self.loop.run_in_executor(self._thread, _asked, question, args)

    def count_sockets_of(self, staff_user_id: UUID) -> int:
        """How many sockets a person has here."""
        return sum(each.staff_user_id == staff_user_id for each in self._subscriptions)

    async def _forever(self, turn: Callable[[], Any]) -> None:
        """Repeat a turn. What fails is logged, and the pages are told to read themselves anew: they may have missed it."""
        while True:
            try:
                await turn()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                is_away = isinstance(error, (OperationalError, InterfaceError, OSError))
                log.warning("desk turn failed", turn=turn.__name__, error=repr(error), exc_info=not is_away)
                self._resync("FEED_FAILED")
                await asyncio.sleep(0.5)

    async def _hear(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        self._heard_at = monotonic()
        self._hears.set()
        try:
            while True:
                self.take(await layer.receive(channel))
        finally:
            await layer.group_discard(GROUP, channel)

    def take(self, message: dict[str, Any]) -> None:
        """One message of the relay: a sealed fact with its number, or a heartbeat with the last one."""
        self._heard_at = monotonic()
        if self._is_silent:
            self._is_silent = False
            self._resync("FEED_BACK")
        if message["type"] == "desk.heartbeat":
            if self._last_seq is not None and message["last_seq"] != self._last_seq:
                self._resync("GAP")
            self._last_seq = message["last_seq"]
            return
        seq = message["seq"]
        if self._last_seq is not None and seq <= self._last_seq:
            return
        if self._last_seq is not None and seq != self._last_seq + 1:
            self._resync("GAP")
        self._last_seq = seq
        if message["topic"] == "trading.market.batch_matched":
            self._note(message["payload"])

    def _note(self, payload: dict[str, Any]) -> None:
        market, first, last = UUID(str(payload["market_id"])), payload["first_sequence"], payload["last_sequence"]
        if last >= first:
            before = self._ranges.get(market, (first, last))
            self._ranges[market] = (min(before[0], first), max(before[1], last))

    async def _tick(self) -> None:
        await asyncio.sleep(TICK_SECONDS)
        for subscription in self._subscriptions:
            self._send_owed(subscription)
        ranges, self._ranges = self._ranges, {}
        hearing = [each for each in self._subscriptions if each.hears]
        if ranges and hearing:
            listeners = [_listener(each) for each in hearing]
            for subscription, delivery in zip(hearing, await self.ask(collect, ranges, listeners), strict=True):
                deliver(subscription, delivery)
            self._are_counts_old = True
        for subscription in hearing:
            if subscription.owed:
                owed, subscription.owed = subscription.owed, set()
                deliver(subscription, await self.ask(collect_rows, sorted(owed), _listener(subscription)))

    async def _beat(self) -> None:
        await asyncio.sleep(BEAT_SECONDS)
        self._is_silent = monotonic() - self._heard_at > SILENCE_SECONDS
        for subscription in self._subscriptions:
            if subscription.view:
                subscription.line.put("HEARTBEAT", {"feed": "SILENT" if self._is_silent else "LIVE"})

    async def _watch(self) -> None:
        """Counts beside the filters, and sessions that ended, or whose person may no longer read the desk."""
        for _ in range(int(SESSION_SECONDS / COUNT_SECONDS)):
            await asyncio.sleep(COUNT_SECONDS)
            if self._are_counts_old:
                self._are_counts_old = False
                await self._tell_counts()
        sessions = [(each.session_key, each.staff_user_id) for each in self._subscriptions]
        alive = await self.ask(partial(list_live_sessions, sessions=sessions, permission=READS, at=clock.now()))
        for subscription in list(self._subscriptions):
            if subscription.session_key not in alive:
                subscription.line.end(SIGNED_OUT)

    async def _tell_counts(self) -> None:
        wanting = [each for each in self._subscriptions if each.hears and each.view == "BLOTTER"]
        filters = list({each.orders: None for each in wanting})[:MOST_COUNTED_FILTERS]
        counts = dict(zip(filters, await self.ask(count_for, filters), strict=True))
        for subscription in wanting:
            found = counts.get(subscription.orders)
            if found is not None and found != subscription.counts:
                subscription.counts = found
                subscription.line.put("DATA", {"counts": found})

    def _resync(self, reason: str) -> None:
        for subscription in self._subscriptions:
            subscription.owes_resync = subscription.owes_resync or reason

    def _send_owed(self, subscription: Subscription) -> None:
        """Tell a page to read itself anew, at most every two seconds however often it has to."""
        if subscription.owes_resync and subscription.hears and monotonic() - subscription.resynced_at > RESYNC_SECONDS:
            subscription.line.put("RESYNC", {"reason": subscription.owes_resync})
            subscription.owes_resync = ""
            subscription.begin_reading()
            subscription.resynced_at = monotonic()


def deliver(subscription: Subscription, delivery: Delivery) -> None:
    """Queue what a tick brought for one socket."""
    subscription.miss(delivery.missed)
    if delivery.is_too_much:
        subscription.owes_resync = subscription.owes_resync or "TOO_MANY"
        return
    if delivery.rows:
        rows, gone = ",".join(delivery.rows), ",".join(f'"{each}"' for each in delivery.gone)
        subscription.line.put("ROWS", raw=f'"rows":[{rows}],"gone":[{gone}]')
        subscription.learn(delivery.fresh)
    if delivery.waiting - subscription.waiting:
        subscription.waiting |= delivery.waiting
        subscription.line.put("WAITING", {"count": len(subscription.waiting)})
        if len(subscription.waiting) > 10_000:
            subscription.waiting = set(sorted(subscription.waiting)[-10_000:])
    if delivery.market:
        subscription.line.put("DATA", raw=f'"market":{delivery.market}')


def _listener(subscription: Subscription) -> Listener:
    return Listener(
        subscription.view,
        subscription.orders,
        subscription.trades,
        subscription.market,
        subscription.interval,
        frozenset(subscription.known),
        subscription.is_frozen,
        subscription.is_reading,
    )


def _give_back() -> None:
    """Close the thread's own connection: looked up in the thread, for every thread has another."""
    connection.close()


def _asked(question: Callable[..., Answer], args: Iterable[Any]) -> Answer:
    try:
        return question(*args)
    except (OperationalError, InterfaceError):
        connection.close()
        raise


_desk: Desk | None = None


def get_desk() -> Desk:
    """The desk of the running event loop; there is one a process."""
    global _desk
    if _desk is None or _desk.loop is not asyncio.get_running_loop():
        _desk = Desk()
    return _desk
