"""The feed of one market: its book, trades and ticker as far as they were told, and who hears them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from trading.domain.book_copy import BookCopy, DepthView
from trading.queries.market_feed import KEPT_LEVELS, BatchChange, News, Told
from trading.queries.order_book import BookView
from trading.realtime.stream.messages import SNAPSHOT, UPDATE, BookUpdate, FiguresUpdate, levels_json, market_message
from trading.realtime.stream.subscription import Subscription

log = structlog.get_logger()


class MarketFeed:
    """Lives in one process while somebody there hears the market. Touched by the event loop alone."""

    def __init__(self, market_id: UUID, symbol: str, *, at: datetime) -> None:
        self.market_id, self.symbol = market_id, symbol
        self.heard: set[Subscription] = set()
        self.phase = ""
        self.copy: BookCopy | None = None
        self.views: dict[int, DepthView] = {}
        self.is_broken = False
        self.trades: list[tuple[int, str]] = []
        self.trade_seq = 0
        self.figures: dict[str, tuple[int, str]] = {}
        self.read_at = at
        # The market's number at the last look of the beat.
        self.looked_at = 0

    @property
    def told(self) -> Told:
        """How far it has told."""
        return Told(self.market_id, self.copy.sequence if self.copy else None, self.trade_seq)

    def last_seq(self, subscription: Subscription) -> int:
        """The number of the last message of the subscription's feed."""
        if subscription.channel == "BOOK":
            view = self.views.get(subscription.depth)
            return view.last_seq if view else 0
        return self.trade_seq if subscription.channel == "TRADES" else self.figures[subscription.channel][0]

    def take_book(self, book: BookView) -> None:
        """Begin the book anew; who heard it before hears it whole."""
        asks, bids = _texts(book.asks), _texts(book.bids)
        self.copy = BookCopy(asks=asks, bids=bids, sequence=book.sequence, most=KEPT_LEVELS)
        self.phase, self.is_broken = book.phase, False
        for depth in list(self.views):
            self.views[depth] = DepthView(self.copy, depth)
        for subscription in self._of("BOOK"):
            if subscription.is_begun:
                subscription.outlet.forget(subscription.key)
                self.begin(subscription)

    def begin(self, subscription: Subscription) -> None:
        """Send one who begins to hear it the state from which updates go on."""
        subscription.is_begun = True
        if subscription.channel == "BOOK":
            seq, data = self._book_snapshot(subscription.depth)
        elif subscription.channel == "TRADES":
            seq, data = self.trade_seq, f'{{"trades":[{",".join(text for _, text in self.trades)}]}}'
        else:
            seq, data = self.figures[subscription.channel]
        subscription.outlet.put(market_message(subscription.channel, self.symbol, SNAPSHOT, seq, None, data))

    def take_trades(self, trades: Iterable[tuple[int, str]]) -> None:
        """Tell trades, each by itself."""
        hearers = [each for each in self._of("TRADES") if each.is_begun]
        for sequence, text in trades:
            if sequence <= self.trade_seq:
                continue
            message = market_message("TRADES", self.symbol, UPDATE, sequence, self.trade_seq, text)
            self.trade_seq = sequence
            self.trades = [*self.trades[-49:], (sequence, text)]
            for subscription in hearers:
                subscription.outlet.put(message)

    def take_figures(self, channel: str, sequence: int, data: str) -> None:
        """Tell how the market stands, where that is something else than before."""
        before, known = self.figures.get(channel, (0, ""))
        if sequence <= before or data == known:
            return
        update = FiguresUpdate(channel, self.symbol, before, sequence, data)
        self.figures[channel] = (sequence, data)
        for subscription in self._of(channel):
            if subscription.is_begun:
                subscription.outlet.put_update(subscription.key, update)

    def wants(self, channel: str) -> bool:
        """Whether anybody hears that channel of it."""
        return any(each.channel == channel for each in self.heard)

    def take(self, news: News, *, at: datetime) -> None:
        """Tell what was committed meanwhile. What does not follow breaks the copy, which is then read anew."""
        self.read_at = at
        self.take_trades(news.trades)
        for change in news.batches:
            if self.copy is None or self.is_broken or change.last_sequence <= self.copy.sequence:
                continue
            if not self._follows(self.copy, change):
                self.is_broken = True
                return
            self._tell_views(self.copy)

    def _follows(self, copy: BookCopy, change: BatchChange) -> bool:
        if change.levels is None or change.first_sequence != copy.sequence + 1:
            return False
        copy.change(change.levels, sequence=change.last_sequence)
        if change.checksum != copy.checksum():
            log.error("book differs from its market's", market=self.symbol, sequence=copy.sequence)
            return False
        return not copy.is_short

    def _tell_views(self, copy: BookCopy) -> None:
        checksum = copy.checksum()
        for depth, view in self.views.items():
            changes = view.changes(copy)
            if changes is None:
                continue
            asks, bids = ({level[0]: level[1] for level in side} for side in changes)
            update = BookUpdate(self.symbol, view.last_seq, copy.sequence, asks, bids, checksum)
            view.last_seq = copy.sequence
            for subscription in self._of("BOOK"):
                if subscription.depth == depth and subscription.is_begun:
                    subscription.outlet.put_update(subscription.key, update)

    def _book_snapshot(self, depth: int) -> tuple[int, str]:
        if self.copy is None:
            raise LookupError(f"{self.symbol} has no book yet")
        view = self.views.get(depth)
        if view is None:
            view = self.views[depth] = DepthView(self.copy, depth)
        asks, bids = view.levels()
        data = f'{{{levels_json(asks, bids)},"phase":"{self.phase}","checksum":{self.copy.checksum()}}}'
        return view.last_seq, data

    def _of(self, channel: str) -> list[Subscription]:
        return [each for each in self.heard if each.channel == channel]


def _texts(levels: Iterable[tuple[object, object]]) -> list[tuple[str, str]]:
    return [(format(price, "f"), format(size, "f")) for price, size in levels]
