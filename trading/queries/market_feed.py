"""What the feeds of markets read: all that was committed after what they have told. Sequences are the market's own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from core.ids import first_id_at
from core.queries.verifying import one_picture
from trading.queries.order_book import BookView, get_book

MOST_BATCHES = 200
MOST_TRADES = 1_000
SHOWN_TRADES = 50
KEPT_LEVELS = 20_000
"""A copy keeps so many levels a side: enough for a depth of 1,000 until it is read anew."""
MARGIN = timedelta(hours=1)

SEQUENCES = "SELECT id, sequence FROM trading_market WHERE id = ANY(%s)"
BATCHES = """
SELECT w.id, b.first_sequence, b.last_sequence, b.levels::text, b.checksum
FROM unnest(%s::uuid[], %s::bigint[]) AS w (id, told)
CROSS JOIN LATERAL (
    SELECT * FROM trading_marketbatch WHERE market_id = w.id AND last_sequence > w.told ORDER BY last_sequence LIMIT 200
) AS b ORDER BY w.id, b.last_sequence
"""
_TRADE = """
SELECT m.id, t.sequence, json_build_object('id', t.id, 'price', round(t.price, m.price_scale)::text,
    'base_amount', round(t.base_amount, b.scale)::text, 'quote_amount', round(t.quote_amount, q.scale)::text,
    'taker_side', CASE WHEN t.liquidity = 'AUCTION' THEN NULL WHEN t.maker_side = 'BUY' THEN 'SELL' ELSE 'BUY' END,
    'liquidity', t.liquidity, 'sequence', t.sequence,
    'traded_at', to_char(t.traded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text
FROM trading_market m JOIN settlement_asset b ON b.id = m.base_id JOIN settlement_asset q ON q.id = m.quote_id
"""
# Ids begin with the time at which they were written: the parts of other months are not looked at.
TRADES = f"""{_TRADE}
JOIN unnest(%s::uuid[], %s::bigint[]) AS w (id, told) ON w.id = m.id
CROSS JOIN LATERAL (
    SELECT * FROM trading_trade WHERE market_id = w.id AND sequence > w.told AND id > %s::uuid ORDER BY sequence LIMIT 1000
) AS t ORDER BY m.id, t.sequence
"""  # noqa: S608 - its one part is our own
NEWEST_TRADES = f"""{_TRADE}
CROSS JOIN LATERAL (
    SELECT * FROM trading_trade WHERE market_id = m.id ORDER BY sequence DESC LIMIT %s
) AS t WHERE m.id = %s ORDER BY t.sequence
"""  # noqa: S608 - its one part is our own
TICKERS = """
SELECT t.market_id, t.sequence, json_build_object(
    'best_bid', round(t.best_bid, m.price_scale)::text, 'best_bid_size', round(t.best_bid_size, m.amount_scale)::text,
    'best_ask', round(t.best_ask, m.price_scale)::text, 'best_ask_size', round(t.best_ask_size, m.amount_scale)::text,
    'last_price', round(t.last_price, m.price_scale)::text, 'last_size', round(t.last_size, b.scale)::text,
    'last_traded_at', to_char(t.last_traded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'reference_price', round(t.reference_price, m.price_scale)::text, 'phase', m.phase, 'day', t.day,
    'day_open', round(t.day_open, m.price_scale)::text, 'day_high', round(t.day_high, m.price_scale)::text,
    'day_low', round(t.day_low, m.price_scale)::text, 'day_base_volume', round(t.day_base_volume, b.scale)::text,
    'day_quote_volume', round(t.day_quote_volume, q.scale)::text)::text
FROM trading_ticker t JOIN trading_market m ON m.id = t.market_id
JOIN settlement_asset b ON b.id = m.base_id JOIN settlement_asset q ON q.id = m.quote_id
WHERE t.market_id = ANY(%s)
"""

AUCTIONS = """
SELECT m.id, m.sequence, json_build_object('phase', m.phase, 'price', round(m.auction_price, m.price_scale)::text,
    'volume', round(m.auction_volume, b.scale)::text, 'imbalance', round(m.auction_imbalance, b.scale)::text)::text
FROM trading_market m JOIN settlement_asset b ON b.id = m.base_id WHERE m.id = ANY(%s)
"""
FIGURES = {"TICKER": TICKERS, "AUCTION": AUCTIONS}
"""Channels that tell how a market stands, the last word only."""


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What a batch changed of the visible book; no levels where they were too many to be kept."""

    first_sequence: int
    last_sequence: int
    levels: dict[str, list[list[str]]] | None
    checksum: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """How far a feed has told a market: its book, if it keeps one, and its trades."""

    market_id: UUID
    book: int | None
    trade: int


@dataclass(slots=True)
class News:
    """What was committed after that: batches in order, trades as (sequence, JSON). ``is_cut``: there is more to read."""

    batches: list[BatchChange] = field(default_factory=list)
    trades: list[tuple[int, str]] = field(default_factory=list)
    is_cut: bool = False


def read_sequences(market_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How far the markets have come."""
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES, [list(market_ids)])
        return dict(cursor.fetchall())


def read_news(told: Sequence[Told], *, since: datetime) -> dict[UUID, News]:
    """What is new in these markets. ``since`` is when they were read before. Two statements."""
    news = {each.market_id: News() for each in told}
    kept = [each for each in told if each.book is not None]
    with connection.cursor() as cursor:
        cursor.execute(BATCHES, [[each.market_id for each in kept], [each.book for each in kept]])
        for market_id, first, last, levels, checksum in cursor.fetchall():
            change = BatchChange(first, last, None if levels is None else json.loads(levels), checksum)
            news[market_id].batches.append(change)
        ids, trades = [each.market_id for each in told], [each.trade for each in told]
        cursor.execute(TRADES, [ids, trades, first_id_at(since - MARGIN)])
        for market_id, sequence, text in cursor.fetchall():
            news[market_id].trades.append((sequence, text))
    for each in news.values():
        each.is_cut = len(each.batches) == MOST_BATCHES or len(each.trades) == MOST_TRADES
    return news


def read_newest_trades(market_id: UUID) -> list[tuple[int, str]]:
    """The newest trades, oldest first, as (sequence, JSON)."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_TRADES, [SHOWN_TRADES, market_id])
        return [(sequence, text) for _, sequence, text in cursor.fetchall()]


def read_figures(channel: str, market_ids: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """What the channel tells of these markets, as (sequence, JSON)."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES[channel], [list(market_ids)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {market_id: (sequence, text) for market_id, sequence, text in rows}


def read_book(symbol: str) -> BookView:
    """The book down to so many levels as a copy keeps, in one picture."""
    with one_picture():
        return get_book(symbol=symbol, depth=KEPT_LEVELS)
