"""What a replay reads of a market's record, a bounded stretch at a time: the log, orders' first terms, and what came of it."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from core.domain.decimals import to_units
from trading.domain import instruction as ins
from trading.domain.accounting.rows import Pledge
from trading.domain.book import Book
from trading.domain.book_facts import book_of
from trading.domain.book_order import BookOrder
from trading.domain.payload import instruction_of
from trading.domain.replay import Logged, Replay, Row
from trading.domain.units import MarketUnits
from trading.queries import matching

MARKET = """
SELECT m.id::text, m.symbol, m.position, m.sequence, m.tick_size, m.lot_size, b.id::text, b.scale, q.id::text, q.scale,
       m.listed_facts
FROM trading_market m
JOIN settlement_asset b ON b.id = m.base_id
JOIN settlement_asset q ON q.id = m.quote_id
WHERE m.symbol = %s
"""

INSTRUCTIONS = """
SELECT i.id, i.position, i.actor_id::text, i.initiator, i.status, i.refusal, i.kind, i.order_id::text, i.payload,
       (extract(epoch FROM i.instructed_at) * 1000000)::bigint, nullif(i.hold_change, 0), o.profile_id::text, o.side
FROM trading_instruction i
LEFT JOIN trading_order o ON o.id = i.order_id AND i.hold_change > 0
WHERE i.market_id = %s AND i.position > %s AND i.position <= %s
ORDER BY i.position, i.id
LIMIT %s
"""

EVENTS = """
SELECT sequence, instruction_id, kind, order_id::text, trade_id::text, before_status, after_status, price, amount, cum_base,
       leaves_base, last_price, last_base, fee, hold_change, reason, detail, phase, best_bid, best_bid_amount, best_ask,
       best_ask_amount, (extract(epoch FROM event_at) * 1000000)::bigint, initiator, actor_id::text
FROM trading_orderevent WHERE market_id = %s AND sequence > %s AND sequence <= %s
ORDER BY sequence
"""

TRADES = """
SELECT id::text, entry_id::text, sequence, buy_order_id::text, sell_order_id::text, buy_profile_id::text, sell_profile_id::text,
       maker_side, price, base_amount, quote_amount, buyer_fee, seller_fee, liquidity,
       (extract(epoch FROM traded_at) * 1000000)::bigint
FROM trading_trade WHERE market_id = %s AND sequence > %s AND sequence <= %s
ORDER BY sequence
"""

POSTINGS = """
SELECT entry_id::text, source_id::text, destination_id::text, asset_id::text, amount
FROM settlement_posting WHERE entry_id = ANY(%s::uuid[])
"""

BATCHES = """
SELECT last_position, last_sequence, state_hash FROM trading_marketbatch
WHERE market_id = %s AND last_position > %s AND last_position <= %s
ORDER BY last_position
"""

ORDER_ROWS = """
SELECT o.id::text, o.status, o.done_reason, o.base_amount, coalesce(o.limit_price, o.protection_price), o.stop_price,
       o.display_amount, (extract(epoch FROM o.expires_at) * 1000000)::bigint, o.filled_base, o.filled_quote, o.fee_exact,
       o.fee_charged, o.remaining_base, o.displayed_base, o.prevented_base, o.lapsed_base, o.held, o.accepted_sequence,
       o.priority_sequence, o.last_sequence, (extract(epoch FROM o.accepted_at) * 1000000)::bigint,
       (extract(epoch FROM o.closed_at) * 1000000)::bigint
FROM trading_order o WHERE o.id = ANY(%s::uuid[])
"""

LIVE_IDS = """
SELECT id::text FROM trading_order WHERE market_id = %s AND status IN ('OPEN', 'DORMANT') AND id::text > %s
ORDER BY id LIMIT %s
"""


class Unreadable(Exception):
    """An instruction that no operation writes."""

    def __init__(self, instruction_id: int, position: int, why: str) -> None:
        super().__init__(why)
        self.instruction_id, self.position = instruction_id, position


class Replayed(NamedTuple):
    """A market as it is to be replayed: where its record ends, and how its amounts are counted."""

    market_id: str
    symbol: str
    position: int
    sequence: int
    base_id: str
    quote_id: str
    units: MarketUnits
    accounts: matching.Accounts
    replay: Replay


def read_market(symbol: str) -> Replayed | None:
    """The market with a book as it was listed: empty. None where there is no such market."""
    rows = _read(MARKET, [symbol])
    if not rows:
        return None
    market_id, _, position, sequence, tick, lot, base_id, base_scale, quote_id, quote_scale, facts = rows[0]
    units = MarketUnits.of(base_scale=base_scale, quote_scale=quote_scale, tick_size=tick, lot_size=lot)
    book: Book = book_of(json.loads(facts))
    fees_account = matching.read_fees_account(quote_id=quote_id, symbol=symbol)
    replay = Replay(book=book, units=units, fees_account=fees_account)
    accounts = matching.Accounts(base_id=base_id, quote_id=quote_id)
    return Replayed(market_id, symbol, position, sequence, base_id, quote_id, units, accounts, replay)


def read_log(market: Replayed, *, after: int, until: int, limit: int) -> list[Logged]:
    """The next instructions by position, orders with the terms that they were taken with. Raises ``Unreadable``."""
    rows = _read(INSTRUCTIONS, [market.market_id, after, until, limit])
    to_place = [row[7] for row in rows if row[6] == ins.PLACE]
    placed = matching.read_orders_as_taken(to_place, market.units, market.accounts) if to_place else {}
    holders = market.accounts.of({row[11] for row in rows if row[11] is not None})
    return [_logged(row, placed, holders, market.units) for row in rows]


def _logged(row: Row, placed: dict[str, BookOrder], holders: dict[str, matching.Holder], units: MarketUnits) -> Logged:
    instruction_id, position, actor_id, initiator, status, refusal = row[:6]
    kind, order_id, payload, at, change, profile, side = row[6:]
    instruction: ins.Instruction
    try:
        if kind == ins.PLACE:
            instruction = (ins.PLACE, at, placed[order_id])
        else:
            instruction = instruction_of(kind, at, order_id, json.loads(payload), units)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise Unreadable(instruction_id, position, f"{type(error).__name__} {error}") from error
    pledge = None if change is None else _pledge(change, side, holders[profile], units)
    return Logged(instruction_id, position, actor_id, initiator, status, refusal, instruction, pledge)


def _pledge(change: Decimal, side: str, holder: matching.Holder, units: MarketUnits) -> Pledge:
    if side == "SELL":
        return Pledge(holder[0], True, to_units(change, units.base_scale))
    return Pledge(holder[1], False, to_units(change, units.quote_scale))


def read_events(market: Replayed, *, after: int, until: int) -> list[Row]:
    """Events by sequence, as ``EVENT_FIELDS`` name them."""
    rows = _read(EVENTS, [market.market_id, after, until])
    return [(*row[:16], None if row[16] is None else json.loads(row[16]), *row[17:]) for row in rows]


def read_trades(market: Replayed, *, after: int, until: int) -> list[Row]:
    """Trades by sequence: id, entry id, then as ``TRADE_FIELDS`` name them."""
    return _read(TRADES, [market.market_id, after, until])


def read_postings(market: Replayed, entry_ids: Sequence[str]) -> dict[str, list[Row]]:
    """Postings by entry: source, destination, whether in base (None: in neither asset), amount."""
    found: dict[str, list[Row]] = {}
    sides = {market.base_id: True, market.quote_id: False}
    for entry_id, source, destination, asset_id, amount in _read(POSTINGS, [list(entry_ids)]):
        found.setdefault(entry_id, []).append((source, destination, sides.get(asset_id), amount))
    return found


def read_batches(market: Replayed, *, after: int, until: int) -> list[Row]:
    """Where batches ended: position, sequence, state hash."""
    return _read(BATCHES, [market.market_id, after, until])


def read_orders(order_ids: Sequence[str]) -> dict[str, Row]:
    """Orders by id, as ``ORDER_FIELDS`` name them."""
    return {row[0]: row for row in _read(ORDER_ROWS, [list(order_ids)])}


def read_live_ids(market: Replayed, *, after: str, limit: int) -> list[str]:
    """Orders that the record has in the book, by id."""
    return [row[0] for row in _read(LIVE_IDS, [market.market_id, after, limit])]


def _read(statement: str, values: list[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[Row] = cursor.fetchall()
    return rows
