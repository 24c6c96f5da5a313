"""One tick of the desk: read what changed, write each changed row once, and say who gets which.

Runs in a thread of its own; the event loop never touches the database.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.template.loader import get_template

from core import clock
from core.domain.refusals import NotFound
from trading.models import Market
from trading.pages.blotter import describe_counts
from trading.pages.markets import describe_market
from trading.queries.desk_orders import OrderFilter, OrderRow, list_changes, list_order_rows
from trading.queries.desk_trades import TradeFilter, TradeRow, list_trade_rows
from trading.queries.ladder import get_market_view

MOST_CHANGES = 500
"""More changed rows than this in one tick are not sent one by one: the pages are told to read themselves anew."""
MOST_FRESH = 100
NEWEST_BARS = 3
"""Candles of a market that go with each of its frames: a page has the older ones."""

Ranges = Mapping[UUID, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Listener:
    """What a tick has to know of a subscription, copied while nothing else runs."""

    view: str
    orders: OrderFilter
    trades: TradeFilter
    market: str
    interval: str
    known: frozenset[UUID]
    is_frozen: bool
    is_reading: bool = False


@dataclass(slots=True)
class Delivery:
    """What one subscription gets: rows as JSON, ids that no longer fit, new ids sent or only counted, market data."""

    rows: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    fresh: set[UUID] = field(default_factory=set)
    waiting: set[UUID] = field(default_factory=set)
    missed: set[UUID] = field(default_factory=set)
    market: str = ""
    is_too_much: bool = False


class Painter:
    """Writes rows from the page's own template, each at most once a tick."""

    def __init__(self, template: str) -> None:
        self._template = get_template(template)
        self._written: dict[UUID, str] = {}

    def write(self, row: OrderRow | TradeRow) -> str:
        """The row as ``[id, version, html]`` in JSON."""
        written = self._written.get(row.id)
        if written is None:
            html = self._template.render({"row": row}).strip()
            version = row.version if isinstance(row, OrderRow) else 1
            written = self._written[row.id] = json.dumps([str(row.id), version, html], separators=(",", ":"))
        return written


def collect(ranges: Ranges, listeners: Sequence[Listener]) -> list[Delivery]:
    """What every listener gets for the events of these ranges, in their order. A few statements however many listen."""
    views = {listener.view for listener in listeners}
    order_ids, trade_ids = _list_changed(ranges) if views & {"BLOTTER", "TRADES"} else ([], [])
    deliveries = [Delivery() for _ in listeners]
    if "BLOTTER" in views:
        _deliver_orders(order_ids, listeners, deliveries)
    if "TRADES" in views:
        _deliver_trades(trade_ids, listeners, deliveries)
    if "MARKET" in views:
        _deliver_markets(ranges, listeners, deliveries)
    return deliveries


def collect_rows(ids: Sequence[UUID], listener: Listener) -> Delivery:
    """These rows for one listener, whose page shows them and may have read them before they changed."""
    delivery = Delivery()
    if listener.view == "BLOTTER":
        _deliver_orders(ids, [listener], [delivery])
    elif listener.view == "TRADES":
        _deliver_trades(ids, [listener], [delivery])
    return delivery


def count_for(filters: Sequence[OrderFilter]) -> list[dict[str, str]]:
    """The counts beside the choices of status, for each filter. One statement each."""
    return [describe_counts(each) for each in filters]


def _list_changed(ranges: Ranges) -> tuple[list[UUID], list[UUID]]:
    orders: set[UUID] = set()
    trades: set[UUID] = set()
    for market_id, (first, last) in ranges.items():
        changed_orders, changed_trades = list_changes(market_id, first, last)
        orders.update(changed_orders)
        trades.update(changed_trades)
    return sorted(orders), sorted(trades)


def _deliver_orders(ids: Sequence[UUID], listeners: Sequence[Listener], deliveries: Sequence[Delivery]) -> None:
    rows = list_order_rows(ids) if len(ids) <= MOST_CHANGES else None
    painter = Painter("ops/trading/order_row.html")
    for listener, delivery in zip(listeners, deliveries, strict=True):
        if listener.view != "BLOTTER":
            continue
        if rows is None:
            delivery.is_too_much = True
            continue
        for row in rows:
            _give(row, row.id in listener.known, listener.orders.takes(row), listener, delivery, painter)


def _deliver_trades(ids: Sequence[UUID], listeners: Sequence[Listener], deliveries: Sequence[Delivery]) -> None:
    rows = list_trade_rows(ids) if len(ids) <= MOST_CHANGES else None
    painter = Painter("ops/trading/trade_row.html")
    for listener, delivery in zip(listeners, deliveries, strict=True):
        if listener.view != "TRADES":
            continue
        if rows is None:
            delivery.is_too_much = True
            continue
        for row in rows:
            _give(row, row.id in listener.known, listener.trades.takes(row), listener, delivery, painter)


def _give(
    row: OrderRow | TradeRow,
    is_known: bool,
    fits: bool,
    listener: Listener,
    delivery: Delivery,
    painter: Painter,
) -> None:
    """A row the page shows is always sent; a new one that fits is sent, or only counted while the page is held."""
    if is_known:
        delivery.rows.append(painter.write(row))
        if not fits:
            delivery.gone.append(str(row.id))
    elif listener.is_reading and (listener.is_frozen or not fits):
        delivery.missed.add(row.id)
    elif fits and listener.is_frozen:
        delivery.waiting.add(row.id)
    elif fits and len(delivery.fresh) < MOST_FRESH:
        delivery.rows.append(painter.write(row))
        delivery.fresh.add(row.id)
    elif fits:
        delivery.is_too_much = True


def _deliver_markets(ranges: Ranges, listeners: Sequence[Listener], deliveries: Sequence[Delivery]) -> None:
    changed = set(Market.objects.filter(id__in=list(ranges)).values_list("symbol", flat=True))
    written: dict[tuple[str, str], str] = {}
    for listener, delivery in zip(listeners, deliveries, strict=True):
        symbol = listener.market
        if listener.view != "MARKET" or symbol not in changed:
            continue
        key = symbol, listener.interval
        if key not in written:
            written[key] = write_market(*key)
        delivery.market = written[key]


def write_market(symbol: str, interval: str) -> str:
    """The market's ladder, tape, figures and newest candles as JSON; empty for a market that is not there."""
    try:
        view = get_market_view(symbol, at=clock.now(), interval=interval, bars=NEWEST_BARS)
        data: dict[str, Any] = describe_market(view)
    except NotFound:
        return ""
    return json.dumps(data, separators=(",", ":"))
