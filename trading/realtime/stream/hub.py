"""The hub of this process: hears the relay's doorbell once for all its sockets, reads what is new, and tells each what it hears.

Facts come from the database alone. A bell that is lost is made up for within a second by the look at how far everything has come;
the heartbeats of that same second name the last numbers, so who misses something sees it.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from accounts.queries.principals import get_principals
from core import clock
from core.models import StreamHead
from core.queries.feeds import MOST_AT_ONCE, FeedMessage
from trading.queries.market_feed import FIGURES, read_figures
from trading.realtime.stream import sources
from trading.realtime.stream.market import MarketFeed
from trading.realtime.stream.messages import event_message, heartbeat
from trading.realtime.stream.session import Session
from trading.realtime.stream.subscription import Subscription
from trading.realtime.stream.threads import Threads

log = structlog.get_logger()

GROUP = "feeds"
BEAT_SECONDS = 1.0
FIGURES_SECONDS = 0.2
MOST_BEHIND = 10_000
MOST_SOCKETS = 500
MOST_SOCKETS_A_CREDENTIAL = 10
# A socket that hears nothing and has shown no token ends after this long.
NOBODY_SECONDS = 30.0
NOT_AUTHENTICATED, ENDED, FORBIDDEN, TOO_MANY_SOCKETS, RESYNC = 4001, 4002, 4003, 4009, 4010

Answer = TypeVar("Answer")


class ClientFeed:
    """The stream of one client as far as it was told here, and who hears it."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.heard: set[Subscription] = set()

    def take(self, message: FeedMessage) -> None:
        self.seq = max(self.seq or 0, message.seq)
        hearers = [each for each in self.heard if each.channel == message.channel]
        if hearers:
            text = event_message(message)
            for subscription in hearers:
                subscription.hear(message.seq, text)


class Hub:
    """Sockets of one event loop, and the tasks that feed them; starts with the first socket, ends with the last."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.sessions: set[Session] = set()
        self.markets: dict[UUID, MarketFeed] = {}
        self.clients: dict[UUID, ClientFeed] = {}
        self._rung: set[UUID] = set()
        self._figures: set[UUID] = set()
        self._bell = asyncio.Event()
        self._turning = asyncio.Lock()
        self._opening: dict[UUID, asyncio.Lock] = {}
        self._hears = asyncio.Event()
        self._threads = Threads()
        self._tasks: list[asyncio.Task[None]] = []

    # --- sockets come and go

    def enter(self, session: Session) -> None:
        """Take a socket in; a process has so many and no more (4009)."""
        if len(self.sessions) >= MOST_SOCKETS:
            session.outlet.end(TOO_MANY_SOCKETS)
            return
        self.sessions.add(session)
        if not self._tasks:
            turns = (self._hear, self._turn, self._tell_figures, self._beat)
            self._tasks = [asyncio.create_task(self._forever(turn)) for turn in turns]

    async def leave(self, session: Session) -> None:
        """Let a socket go with all it hears; with the last one the hub rests."""
        for subscription in list(session.subscriptions.values()):
            self.drop(subscription)
        self.sessions.discard(session)
        if not self.sessions:
            await self.rest()

    async def rest(self) -> None:
        """Stop listening and give the database connections back."""
        # All at once, before anything is waited for: a socket that comes meanwhile begins everything anew.
        tasks, self._tasks, self._hears = self._tasks, [], asyncio.Event()
        threads, self._threads = self._threads, Threads()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await threads.close()

    async def ask(self, question: Callable[..., Answer], *args: Any) -> Answer:
        """Ask the database in a thread of the hub."""
        return await self._threads.ask(question, *args)

    def count_sockets_of(self, credential_id: UUID) -> int:
        """How many sockets a credential has here."""
        return sum(each.credential_id == credential_id for each in self.sessions)

    # --- subscriptions begin and end

    async def open_market(self, subscription: Subscription) -> MarketFeed:
        """The feed of the subscription's market, with what the subscription begins with. Refuses an unknown market."""
        await self._wait_for_bells()
        market_id = await self.ask(sources.find_market, subscription.market)
        async with self._opening.setdefault(market_id, asyncio.Lock()):
            feed = self.markets.get(market_id)
            wants_book = subscription.channel == "BOOK" and (feed is None or feed.copy is None)
            if feed is None or wants_book:
                at = clock.now()
                begun = await self.ask(sources.begin_market, market_id, subscription.market, wants_book)
                feed = self.markets.setdefault(market_id, MarketFeed(market_id, subscription.market, at=at))
                _take_beginning(feed, begun)
            feed.heard.add(subscription)
        return feed

    async def open_client(self, subscription: Subscription) -> sources.Beginning:
        """Where the subscription to a client's own stream begins; what comes meanwhile is kept for it."""
        await self._wait_for_bells()
        entity_id = subscription.entity_id
        if entity_id is None:
            raise LookupError("a client's feed is somebody's")
        feed = self.clients.setdefault(entity_id, ClientFeed())
        feed.heard.add(subscription)
        begun = await self.ask(sources.begin_channel, entity_id, subscription.channel)
        # What is read twice is told once: a subscription knows its last number.
        feed.seq = begun.seq if feed.seq is None else min(feed.seq, begun.seq)
        self._ring({entity_id})
        return begun

    async def _wait_for_bells(self) -> None:
        """A moment, until the bells are heard; without them everything is told all the same, within a second."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hears.wait(), timeout=1)

    def drop(self, subscription: Subscription) -> None:
        """End a subscription; a feed that nobody hears is followed no longer."""
        subscription.outlet.forget(subscription.key)
        for market_id, feed in list(self.markets.items()):
            feed.heard.discard(subscription)
            if not feed.heard:
                del self.markets[market_id]
            elif not any(each.depth == subscription.depth for each in feed.heard):
                feed.views.pop(subscription.depth, None)
        for entity_id, client in list(self.clients.items()):
            client.heard.discard(subscription)
            if not client.heard:
                del self.clients[entity_id]

    # --- what goes on

    async def _forever(self, turn: Callable[[], Any]) -> None:
        """Repeat a turn. What fails is logged and tried again: nothing counts as told that was not."""
        while True:
            try:
                await turn()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                is_away = isinstance(error, (OperationalError, InterfaceError, OSError, RedisError))
                log.warning("feed turn failed", turn=turn.__name__, error=repr(error), exc_info=not is_away)
                await asyncio.sleep(0.5)

    async def _hear(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        self._hears.set()
        try:
            while True:
                message = await layer.receive(channel)
                if message["type"] == "feeds.bell":
                    self._ring([UUID(each) for each in (*message["entities"], *message["markets"])])
                    if message.get("is_for_all"):
                        self._ring([*self.clients])
        finally:
            await layer.group_discard(GROUP, channel)

    def _ring(self, ids: Iterable[UUID]) -> None:
        """Something may be new in these streams and markets; what nobody hears is passed over."""
        self._rung.update(each for each in ids if each in self.clients or each in self.markets)
        if self._rung:
            self._bell.set()

    async def _turn(self) -> None:
        await self._bell.wait()
        async with self._turning:
            self._bell.clear()
            rung, self._rung = self._rung, set()
            try:
                await self._read(rung)
            except BaseException:
                self._ring(rung)
                raise

    async def _read(self, rung: set[UUID]) -> None:
        """Read what is new in the rung streams and markets and tell it."""
        await self._mend(rung)
        after = [(each, feed.seq) for each in rung if (feed := self.clients.get(each)) and feed.seq is not None]
        feeds = [market for each in rung if (market := self.markets.get(each))]
        if not after and not feeds:
            return
        at = clock.now()
        since: datetime = min((feed.read_at for feed in feeds), default=at)
        messages, news = await self.ask(sources.read_all, after, [feed.told for feed in feeds], since)
        for message in messages:
            client = self.clients.get(message.entity_id)
            if client is not None:
                client.take(message)
        for market in feeds:
            market.take(news[market.market_id], at=at)
        self._figures.update(feed.market_id for feed in feeds)
        # Where a read was cut short, or a copy broke, there is more to do at once.
        if len(messages) >= MOST_AT_ONCE:
            self._ring(entity_id for entity_id, _ in after)
        self._ring(feed.market_id for feed in feeds if news[feed.market_id].is_cut or feed.is_broken)

    async def _mend(self, rung: set[UUID]) -> None:
        """Read a book anew whose copy did not follow."""
        for market_id in rung:
            feed = self.markets.get(market_id)
            if feed is not None and feed.is_broken:
                begun = await self.ask(sources.begin_market, market_id, feed.symbol, True)
                if begun.book is not None:
                    feed.take_book(begun.book)
                feed.take_trades(begun.trades)

    async def _tell_figures(self) -> None:
        await asyncio.sleep(FIGURES_SECONDS)
        due, self._figures = self._figures & self.markets.keys(), set()
        try:
            for channel in FIGURES:
                wanted = [each for each in due if each in self.markets and self.markets[each].wants(channel)]
                found = await self.ask(read_figures, channel, wanted) if wanted else {}
                for market_id, (sequence, data) in found.items():
                    if market_id in self.markets:
                        self.markets[market_id].take_figures(channel, sequence, data)
        except BaseException:
            self._figures |= due
            raise

    async def _beat(self) -> None:
        """Once a second: how far has everything come, is all of it told, and who may still hear it."""
        await asyncio.sleep(BEAT_SECONDS)
        seen = await self.ask(sources.look, list(self.clients), list(self.markets))
        self._end_hopeless(seen)
        async with self._turning:
            await self._read(self._behind(seen))
        markets = {feed.symbol: feed for feed in self.markets.values()}
        for session in list(self.sessions):
            if session.is_nobody(NOBODY_SECONDS):
                session.outlet.end(NOT_AUTHENTICATED)
            for subscription in session.subscriptions.values():
                if subscription.is_begun:
                    _tell_heartbeat(subscription, markets, seen)
        await self._look_at_rights()

    def _behind(self, seen: sources.Look) -> set[UUID]:
        """What has come further than it was told."""
        behind = {
            entity_id
            for entity_id, heads in seen.heads.items()
            if (feed := self.clients.get(entity_id)) and feed.seq is not None and feed.seq < heads[StreamHead.ALL]
        }
        for market_id, sequence in seen.sequences.items():
            market = self.markets.get(market_id)
            if market is not None and (market.is_broken or market.looked_at < sequence):
                market.looked_at = sequence
                behind.add(market_id)
        return behind

    def _end_hopeless(self, seen: sources.Look) -> None:
        for entity_id, heads in seen.heads.items():
            feed = self.clients.get(entity_id)
            if feed is not None and feed.seq is not None and heads[StreamHead.ALL] - feed.seq > MOST_BEHIND:
                for subscription in feed.heard:
                    subscription.outlet.end(RESYNC)

    async def _look_at_rights(self) -> None:
        """Tokens that ended, and scopes that were taken away, end their sockets."""
        known = {each.token_sha256: each for each in self.sessions if each.token_sha256}
        if not known:
            return
        found = await self.ask(get_principals, list(known))
        at = clock.now()
        for session in list(self.sessions):
            if not session.token_sha256 or session.outlet.is_closing:
                continue
            principal = found.get(session.token_sha256)
            if principal is None or principal.expires_at <= at:
                session.outlet.end(ENDED)
            elif not session.keeps_rights(principal):
                session.outlet.end(FORBIDDEN)


def _tell_heartbeat(subscription: Subscription, markets: dict[str, MarketFeed], seen: sources.Look) -> None:
    if subscription.entity_id is None:
        feed = markets.get(subscription.market)
        if feed is not None:
            whose = f'"market":"{subscription.market}"'
            subscription.outlet.put(heartbeat(subscription.channel, whose, feed.last_seq(subscription)))
    elif subscription.entity_id in seen.heads:
        whose = f'"entity_id":"{subscription.entity_id}"'
        last = seen.heads[subscription.entity_id].get(subscription.channel, 0)
        subscription.outlet.put(heartbeat(subscription.channel, whose, last))


def _take_beginning(feed: MarketFeed, begun: sources.MarketBeginning) -> None:
    if begun.book is not None:
        feed.take_book(begun.book)
    if not feed.heard:
        feed.trades, feed.figures = begun.trades, begun.figures
        feed.trade_seq = begun.trades[-1][0] if begun.trades else 0


_hub: Hub | None = None


def get_hub() -> Hub:
    """The hub of the running event loop; there is one a process."""
    global _hub
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub()
    return _hub
