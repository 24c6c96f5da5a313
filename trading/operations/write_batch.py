"""Write what a batch came to: COPY for new rows, one UPDATE from arrays for each table that changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from core.copying import copy_rows, copy_text
from core.domain.canonical import canonical_json
from core.ids import new_id_text
from settlement.calendar import business_date_of
from trading.domain.accounting.rows import LIVE, EventRow, Outcome
from trading.domain.auction import Clearing
from trading.domain.book import Book
from trading.domain.book_facts import facts_of
from trading.domain.book_order import BookOrder
from trading.domain.event import TIME_REACHED
from trading.domain.instruction import THE_HOUSE
from trading.domain.parameters import Parameters
from trading.domain.units import MarketUnits
from trading.operations.draw_market_data import WRITE_MARKET_DATA, MarketWatch, draw_market_data

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NULL = "\\N"


class AppliedInstruction(NamedTuple):
    """An instruction as it was applied: who asked, what it came to, and the book it met (ticks and lots)."""

    instruction_id: int
    position: int
    actor_id: str
    initiator: str
    refusal: str
    engine_at: int
    phase: str
    best_bid: tuple[int, int] | None
    best_ask: tuple[int, int] | None
    first_event: int
    event_count: int


@dataclass(slots=True)
class Batch:
    """Everything one transaction of the matcher writes."""

    market_id: str
    base_id: str
    quote_id: str
    units: MarketUnits
    outcome: Outcome
    first_sequence: int
    first_position: int
    applied: list[AppliedInstruction] = field(default_factory=list)
    # The market's rules, if they have changed, and what the auction that runs would come to.
    new_rules: Parameters | None = None
    clearing: Clearing | None = None


EVENT_COLUMNS = (
    "id", "market_id", "sequence", "instruction_id", "kind", "order_id", "trade_id", "initiator", "actor_id", "event_at",
    "recorded_at", "business_date", "before_status", "after_status", "price", "amount", "cum_base", "leaves_base",
    "last_price", "last_base", "fee", "hold_change", "phase", "best_bid", "best_bid_amount", "best_ask", "best_ask_amount",
    "reason", "detail",
)  # fmt: skip
TRADE_COLUMNS = (
    "id", "market_id", "sequence", "buy_order_id", "sell_order_id", "buy_profile_id", "sell_profile_id", "maker_side",
    "price", "base_amount", "quote_amount", "buyer_fee", "seller_fee", "liquidity", "status", "traded_at", "recorded_at",
    "business_date", "settlement_date", "entry_id",
)  # fmt: skip
ENTRY_COLUMNS = (
    "id", "kind", "event_at", "recorded_at", "business_date", "source_type", "source_id", "group_id", "narrative",
)  # fmt: skip

POSTING_COLUMNS = ("entry_id", "source_id", "destination_id", "asset_id", "amount")

UPDATE_ORDERS = """
UPDATE trading_order o SET status = d.status, done_reason = d.done_reason, filled_base = d.filled_base,
    filled_quote = d.filled_quote, fee_exact = d.fee_exact, fee_charged = d.fee_charged, remaining_base = d.remaining,
    lapsed_base = d.lapsed, held = d.held, accepted_at = d.accepted_at, accepted_sequence = d.accepted_sequence,
    displayed_base = d.displayed, priority_sequence = d.priority, last_sequence = d.last_sequence, closed_at = d.closed_at,
    version = o.version + 1, updated_at = %s{terms}
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
            %s::numeric[], %s::numeric[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
            %s::numeric[]{term_arrays})
    AS d (id, status, done_reason, filled_base, filled_quote, fee_exact, fee_charged, remaining, lapsed, held, accepted_at,
          accepted_sequence, priority, last_sequence, closed_at, displayed{term_names})
WHERE o.id = d.id
"""
UPDATE_MOVED = UPDATE_ORDERS.format(terms="", term_arrays="", term_names="")
# Of the few whose terms were amended, or that lost amounts to their own group.
UPDATE_RESHAPED = UPDATE_ORDERS.format(
    terms=""", prevented_base = d.prevented, base_amount = d.amount,
    limit_price = CASE WHEN o.limit_price IS NOT NULL THEN d.price END,
    protection_price = CASE WHEN o.protection_price IS NOT NULL THEN d.price END,
    stop_price = d.stop_price, display_amount = d.display, expires_at = d.expires_at""",
    term_arrays=", %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::timestamptz[]",
    term_names=", prevented, amount, price, stop_price, display, expires_at",
)
UPDATE_INSTRUCTIONS = """
UPDATE trading_instruction i SET status = CASE WHEN d.refusal = '' THEN 'APPLIED' ELSE 'REFUSED' END, refusal = d.refusal,
    position = d.position, applied_at = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS d (id, position, refusal)
WHERE i.id = d.id
"""
LOCK_ACCOUNTS = """
SELECT count(*) FROM (
    SELECT id FROM settlement_ledgeraccount WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
) AS locked
"""
UPDATE_ACCOUNTS = """
UPDATE settlement_ledgeraccount a SET balance = a.balance + d.balance, held = a.held + d.held
FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS d (id, balance, held)
WHERE a.id = d.id
"""
UPDATE_MARKET = """
UPDATE trading_market SET sequence = %s, position = %s, engine_at = %s, phase = %s, reference_price = %s, last_price = %s,
    book_facts = %s::jsonb, auction_price = %s, auction_volume = %s, auction_imbalance = %s, updated_at = %s
WHERE id = %s AND sequence = %s
"""


class FenceBroken(Exception):
    """The market moved under this transaction: another matcher wrote it. The batch is rolled back."""


class BatchRows(NamedTuple):
    """A batch as it is written, in this order: rows by COPY, changes, the market's own row, and what those who watch it see."""

    market_id: str
    copies: list[tuple[str, tuple[str, ...], list[str]]]
    changes: list[tuple[str, list[Any]]]
    market: list[Any]
    market_data: dict[str, Any]


def draw_rows(*, batch: Batch, book: Book, watch: MarketWatch, at: datetime) -> BatchRows:
    """The rows of ``batch``, which left the book at ``book``. Asks the database nothing, and what it answers no later batch
    changes: the next may be matched while these are written.
    """
    writer = _Writer(batch, at)
    copies = [
        ("settlement_entry", ENTRY_COLUMNS, list(writer.entry_lines())),
        ("trading_trade", TRADE_COLUMNS, list(writer.trade_lines())),
        ("trading_orderevent", EVENT_COLUMNS, list(writer.event_lines())),
        ("settlement_posting", POSTING_COLUMNS, list(writer.posting_lines())),
    ]
    changes = [*writer.order_changes(), (UPDATE_INSTRUCTIONS, [at, *_arrays(writer.instruction_rows(), 3)])]
    accounts = writer.account_rows()
    if accounts:
        columns = _arrays(accounts, 3)
        changes += [(LOCK_ACCOUNTS, [columns[0]]), (UPDATE_ACCOUNTS, columns)]
    market_data = draw_market_data(batch=batch, book=book, watch=watch, at=at)
    return BatchRows(batch.market_id, copies, changes, writer.market_row(book), market_data)


def write_batch(rows: BatchRows) -> None:
    """Write a batch and move the market to its sequence, in the caller's transaction under the market's lock."""
    for table, columns, lines in rows.copies:
        copy_rows(table, columns, lines)
    with connection.cursor() as cursor:
        for statement, values in rows.changes:
            cursor.execute(statement, values)
        cursor.execute(UPDATE_MARKET, rows.market)
        if cursor.rowcount != 1:
            raise FenceBroken(rows.market_id)
        cursor.execute(WRITE_MARKET_DATA, rows.market_data)


def _arrays(rows: list[tuple[str, ...]], count: int) -> list[str]:
    """The columns of ``rows`` as array literals. Cells are array text already: ``NULL``, or by ``_word`` where free."""
    columns = zip(*rows, strict=True) if rows else [()] * count
    return ["{" + ",".join(column) + "}" for column in columns]


def _word(value: str) -> str:
    """A code as one cell of an array literal."""
    is_plain = value.isidentifier() and value.upper() != "NULL"
    return value if is_plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Texts(dict[int | None, str]):
    """Whole numbers of a step as text for COPY, each made once."""

    def __init__(self, step: int, suffix: str) -> None:
        super().__init__({None: NULL})
        self.step, self.suffix = step, suffix

    def __missing__(self, number: int) -> str:
        text = self[number] = f"{number * self.step}{self.suffix}"
        return text


class _Writer:
    """Turns one batch into rows. Amounts go as ``<units>e-<scale>``, which PostgreSQL reads exactly."""

    def __init__(self, batch: Batch, at: datetime) -> None:
        self.batch = batch
        self.at = at
        self.outcome = batch.outcome
        self.units = batch.units
        self.recorded = at.isoformat()
        self._instants: dict[int, tuple[str, str]] = {}
        price_scale = max(0, -_exponent(self.units.tick_size))
        lot_scale = max(0, -_exponent(self.units.lot_size))
        self.prices = _Texts(int(self.units.tick_size.scaleb(price_scale)), f"e-{price_scale}")
        self.amounts = _Texts(int(self.units.lot_size.scaleb(lot_scale)), f"e-{lot_scale}")
        self.base_suffix, self.quote_suffix = f"e-{self.units.base_scale}", f"e-{self.units.quote_scale}"

    def instant(self, microseconds: int) -> tuple[str, str]:
        """The instant and its business date as text."""
        known = self._instants.get(microseconds)
        if known is None:
            instant = EPOCH + timedelta(microseconds=microseconds)
            known = self._instants[microseconds] = (
                instant.isoformat(),
                business_date_of(instant).isoformat(),
            )
        return known

    def entry_lines(self) -> Iterator[str]:
        for trade in self.outcome.trades:
            at, day = self.instant(trade.at)
            yield (
                f"{trade.entry_id}\tTRADE\t{at}\t{self.recorded}\t{day}\ttrading.trade\t{trade.trade_id}\t{trade.trade_id}\t\n"
            )

    def trade_lines(self) -> Iterator[str]:
        market, quote, prices, amounts = self.batch.market_id, self.quote_suffix, self.prices, self.amounts
        for t in self.outcome.trades:
            at, day = self.instant(t.at)
            liquidity = "CONTINUOUS" if t.maker_side else "AUCTION"
            yield (
                f"{t.trade_id}\t{market}\t{t.sequence}\t{t.buy.order_id}\t{t.sell.order_id}\t{t.buy.profile_id}\t"
                f"{t.sell.profile_id}\t{t.maker_side or NULL}\t{prices[t.price]}\t{amounts[t.lots]}\t{t.quote}{quote}\t"
                f"{t.buyer_fee}{quote}\t{t.seller_fee}{quote}\t{liquidity}\tSETTLED\t{at}\t{self.recorded}\t{day}\t{day}\t"
                f"{t.entry_id}\n"
            )

    def posting_lines(self) -> Iterator[str]:
        base, quote = self.batch.base_id, self.batch.quote_id
        return (
            f"{p.entry_id}\t{p.source}\t{p.destination}\t{base if p.is_base else quote}\t{p.units}"
            f"{self.base_suffix if p.is_base else self.quote_suffix}\n"
            for p in self.outcome.postings
        )

    def event_lines(self) -> Iterator[str]:
        events = self.outcome.events
        for applied in self.batch.applied:
            at, day = self.instant(applied.engine_at)
            head = f"{applied.initiator}\t{applied.actor_id}\t{at}\t{self.recorded}\t{day}"
            # Whoever's instruction it was that came when an order's time had come: he has not ended it.
            by_itself = f"VENUE_AUTO\t{THE_HOUSE}\t{at}\t{self.recorded}\t{day}"
            book = "\t".join((applied.phase, *self._best(applied.best_bid), *self._best(applied.best_ask)))
            for row in events[applied.first_event : applied.first_event + applied.event_count]:
                yield self._event_line(
                    row, applied.instruction_id, by_itself if row.reason == TIME_REACHED else head, book
                )

    def _best(self, level: tuple[int, int] | None) -> tuple[str, str]:
        return (NULL, NULL) if level is None else (self.prices[level[0]], self.amounts[level[1]])

    def _event_line(self, e: EventRow, instruction_id: int, head: str, book: str) -> str:
        prices, amounts = self.prices, self.amounts
        hold = f"{e.hold_change}{self.base_suffix if e.is_base_hold else self.quote_suffix}"
        fee = NULL if e.fee is None else f"{e.fee}{self.quote_suffix}"
        detail = NULL if e.detail is None else copy_text(canonical_json(e.detail).decode())
        reason = copy_text(e.reason) if e.reason else NULL
        return (
            f"{new_id_text()}\t{self.batch.market_id}\t{e.sequence}\t{instruction_id}\t{e.kind}\t{e.order_id or NULL}\t"
            f"{e.trade_id or NULL}\t{head}\t{e.before_status or NULL}\t{e.after_status or NULL}\t{prices[e.price]}\t"
            f"{amounts[e.amount]}\t{amounts[e.cum_lots]}\t{amounts[e.leaves_lots]}\t{prices[e.last_price]}\t"
            f"{amounts[e.last_lots]}\t{fee}\t{hold}\t{book}\t{reason}\t{detail}\n"
        )

    def order_changes(self) -> list[tuple[str, list[Any]]]:
        touched, reshaped = self.outcome.touched, self.outcome.reshaped
        changes: list[tuple[str, list[Any]]] = []
        rows = [self._order_row(order) for key, order in touched.items() if key not in reshaped]
        if rows:
            changes.append((UPDATE_MOVED, [self.at, *_arrays(rows, 16)]))
        if reshaped:
            rows = [self._order_row(touched[key]) + self._terms_of(touched[key]) for key in reshaped]
            changes.append((UPDATE_RESHAPED, [self.at, *_arrays(rows, 22)]))
        return changes

    def _terms_of(self, order: BookOrder) -> tuple[str, ...]:
        amounts, prices = self.amounts, self.prices
        return (
            amounts[order.account.prevented_lots],
            "NULL" if order.account.budget is not None else amounts[order.amount],
            prices[order.price],
            "NULL" if order.stop_price is None else prices[order.stop_price],
            "NULL" if order.display is None else amounts[order.display],
            "NULL" if order.expires_at is None else self.instant(order.expires_at)[0],
        )

    def _order_row(self, order: BookOrder) -> tuple[str, ...]:
        account, amounts = order.account, self.amounts
        hold_suffix = self.quote_suffix if order.is_buy else self.base_suffix
        is_open = account.status in LIVE
        return (
            account.order_id,
            account.status,
            _word(account.done_reason),
            amounts[account.filled_lots],
            f"{account.filled_quote}{self.quote_suffix}",
            f"{account.fee_exact}e-{self.units.quote_scale + 6}",
            f"{account.fee_charged}{self.quote_suffix}",
            amounts[order.remaining + order.hidden if is_open else 0],
            amounts[account.lapsed_lots],
            f"{account.held}{hold_suffix}",
            "NULL" if account.accepted_at is None else self.instant(account.accepted_at)[0],
            "NULL" if account.accepted_sequence is None else str(account.accepted_sequence),
            str(order.priority) if order.priority else "NULL",
            str(account.last_sequence),
            "NULL" if account.closed_at is None else self.instant(account.closed_at)[0],
            "NULL" if order.display is None else amounts[order.remaining if is_open else 0],
        )

    def instruction_rows(self) -> list[tuple[str, ...]]:
        return [(str(a.instruction_id), str(a.position), _word(a.refusal)) for a in self.batch.applied]

    def account_rows(self) -> list[tuple[str, ...]]:
        """Account id, change of its balance, change of its hold; base accounts and quote accounts are never the same."""
        rows: list[tuple[str, ...]] = []
        for balances, holds, suffix in (
            (self.outcome.base_balances, self.outcome.base_holds, self.base_suffix),
            (self.outcome.quote_balances, self.outcome.quote_holds, self.quote_suffix),
        ):
            rows.extend(
                (account, f"{balances.get(account, 0)}{suffix}", f"{holds.get(account, 0)}{suffix}")
                for account in balances.keys() | holds.keys()
            )
        return sorted(rows)

    def clearing_cells(self) -> list[Decimal | None]:
        """Price, volume and imbalance of the auction that runs."""
        clearing, amount_of = self.batch.clearing, self.units.amount_of
        if clearing is None:
            return [None, None, None]
        return [self.units.price_of(clearing.price), amount_of(clearing.lots), amount_of(clearing.imbalance)]

    def market_row(self, book: Book) -> list[Any]:
        return [
            book.sequence,
            book.position,
            self.instant(book.engine_at)[0],
            book.phase,
            None if book.reference is None else self.units.price_of(book.reference),
            None if book.last_price is None else self.units.price_of(book.last_price),
            json.dumps(facts_of(book), separators=(",", ":")),
            *self.clearing_cells(),
            self.at,
            self.batch.market_id,
            self.batch.first_sequence - 1,
        ]


def _exponent(value: Any) -> int:
    exponent: int = value.normalize().as_tuple().exponent
    return exponent
