"""Prepare a market's next batch: read what waits, apply it to the book in memory, and draw the rows that this comes to.

Apart from writing it, so that one batch can be prepared while the one before is written: see ``match_market``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings

from core.domain.decimals import plain_text, to_units
from core.ids import new_id_text
from trading.domain import instruction as ins
from trading.domain.accounting.accountant import Accountant
from trading.domain.accounting.rows import Pledge
from trading.domain.auction import indicative
from trading.domain.book import Book
from trading.domain.book_facts import book_of
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED, REJECTED, Event
from trading.domain.instruction import Instruction
from trading.domain.parameters import Parameters
from trading.domain.payload import instruction_of
from trading.domain.phase import AUCTION
from trading.domain.units import MarketUnits
from trading.models.instruction import ATTEMPTS_BEFORE_PARKED
from trading.operations.draw_market_data import MarketWatch
from trading.operations.write_batch import AppliedInstruction, Batch, BatchRows, draw_rows
from trading.queries import matching

# After so many batches with it have failed an instruction is tried alone.
ATTEMPTS_BEFORE_ALONE = 3
REFUSING_EVENTS = {REJECTED, AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED}


@dataclass(slots=True)
class LiveBook:
    """One market in this process's memory. ``book`` may be a batch ahead of what is written, which ends at ``written``."""

    market_id: str
    symbol: str
    base_id: str
    quote_id: str
    fees_account: str
    units: MarketUnits
    accounts: matching.Accounts
    book: Book
    written: int
    watch: MarketWatch


class Waiting(NamedTuple):
    """Instructions that wait, rows of ``read_waiting_instructions``, and the orders that they place, by id."""

    rows: list[tuple[Any, ...]]
    placed: dict[str, BookOrder]


class Prepared(NamedTuple):
    """A batch that has only to be written."""

    waiting: Waiting
    rows: BatchRows
    first_sequence: int
    last_sequence: int
    events: int
    trades: int
    # The market's rules if they have changed, and what is said of the auction that runs.
    new_rules: Parameters | None
    auction: dict[str, Any]


def load_book(key: str) -> LiveBook:
    """The market as it is written."""
    (
        _, symbol, phase, sequence, position, engine_at, reference, last_price, tick_size, lot_size, base_id, base_scale,
        quote_id, quote_scale, facts,
    ) = matching.read_market(key)  # fmt: skip
    units = MarketUnits.of(base_scale=base_scale, quote_scale=quote_scale, tick_size=tick_size, lot_size=lot_size)
    book = book_of(
        json.loads(facts),
        phase=phase,
        sequence=sequence,
        position=position,
        engine_at=engine_at,
        reference=reference,
        last_price=last_price,
    )
    accounts = matching.Accounts(base_id=base_id, quote_id=quote_id)
    book.restore(matching.read_live_orders(key, units, accounts))
    fees_account = matching.read_fees_account(quote_id=quote_id, symbol=symbol)
    watch = MarketWatch.of(key, book, units)
    return LiveBook(key, symbol, base_id, quote_id, fees_account, units, accounts, book, sequence, watch)


def read_next(live: LiveBook, *, but: Sequence[int] = (), has_first: bool = False) -> Waiting:
    """The next batch's instructions, without those of the batch that is being written. ``has_first``: some of them go first."""
    read = partial(
        matching.read_waiting_instructions,
        live.market_id,
        attempts_below=ATTEMPTS_BEFORE_PARKED,
        but=but,
        limit=settings.MATCH_BATCH_SIZE,
    )
    rows = read()
    if has_first:
        # A halt or a kill switch, wherever it stands in the line: nothing trades before it.
        first = read(are_first=True)
        ids = {row[0] for row in first}
        rows = [*first, *(row for row in rows if row[0] not in ids)][: settings.MATCH_BATCH_SIZE]
    if rows and max(row[7] for row in rows) >= ATTEMPTS_BEFORE_ALONE:
        del rows[1:]
    to_place = [row[2] for row in rows if row[1] == ins.PLACE]
    placed = matching.read_placed_orders(to_place, live.units, live.accounts) if to_place else {}
    # Whose an amend is has to be known before it is applied: applying asks the database nothing.
    live.accounts.of({row[9][0] for row in rows if row[9] is not None})
    return Waiting(rows, placed)


def prepare_batch(live: LiveBook, waiting: Waiting, at: datetime) -> Prepared:
    """Apply what waits to the book in memory and draw the rows that this comes to; ``at`` is when they are recorded.

    Asks the database nothing. What it raises leaves the book of no use.
    """
    batch = _apply_all(live, waiting.rows, waiting.placed)
    rows = draw_rows(batch=batch, book=live.book, watch=live.watch, at=at)
    outcome = batch.outcome
    counts = len(outcome.events), len(outcome.trades)
    auction = _say_auction(live, batch)
    return Prepared(
        waiting, rows, batch.first_sequence, live.book.sequence, *counts, new_rules=batch.new_rules, auction=auction
    )


def _say_auction(live: LiveBook, batch: Batch) -> dict[str, Any]:
    """What the running auction would come to, for who watches the market; nothing where none runs."""
    if live.book.phase != AUCTION:
        return {}
    clearing = batch.clearing
    if clearing is None:
        return {"auction": None}
    price, amount_of = live.units.price_of(clearing.price), live.units.amount_of
    figures = {"price": price, "volume": amount_of(clearing.lots), "imbalance": amount_of(clearing.imbalance)}
    return {"auction": {name: plain_text(figure) for name, figure in figures.items()}}


def _apply_all(live: LiveBook, rows: list[tuple[Any, ...]], placed: dict[str, BookOrder]) -> Batch:
    accountant = Accountant(units=live.units, fees_account=live.fees_account, new_id=new_id_text)
    book = live.book
    batch = Batch(
        market_id=live.market_id,
        base_id=live.base_id,
        quote_id=live.quote_id,
        units=live.units,
        outcome=accountant.outcome,
        first_sequence=book.sequence + 1,
        first_position=book.position + 1,
    )
    rules = book.parameters
    for row in rows:
        best_bid, best_ask, phase = book.best_bid(), book.best_ask(), book.phase
        first, before = len(accountant.outcome.events), book.sequence
        events: list[Event] = []
        if row[1] == ins.AMEND:
            live.watch.visible.before_amend(book.find(row[2]))
        apply(book, _instruction(row, placed, live.units), events)
        pledge = None if row[8] is None else _pledge(row, live)
        last = accountant.book(events, sequence=before, at=book.engine_at, pledge=pledge)
        if last != book.sequence:
            raise AssertionError(f"{live.symbol}: {last} events booked, the book is at {book.sequence}")
        # A refusal is the last event of its instruction, and ends with its reason. A WAKE may have come for nothing.
        refusal = events[-1][-1] if events and events[-1][0] in REFUSING_EVENTS else ""
        batch.applied.append(
            AppliedInstruction(
                row[0], book.position, row[5], row[6], str(refusal), book.engine_at, phase, best_bid, best_ask, first,
                len(accountant.outcome.events) - first,
            )
        )  # fmt: skip
    if book.parameters is not rules:
        batch.new_rules = book.parameters
    if book.phase == AUCTION:
        batch.clearing = indicative(book)
    return batch


def _instruction(row: tuple[Any, ...], placed: dict[str, BookOrder], units: MarketUnits) -> Instruction:
    _, kind, order_id, text, at, *_ = row
    if kind == ins.PLACE:
        return (ins.PLACE, at, placed[order_id])
    return instruction_of(kind, at, order_id, json.loads(text), units)


def _pledge(row: tuple[Any, ...], live: LiveBook) -> Pledge:
    """What the door took for an amend: of which account."""
    change, (profile_id, side) = row[8:]
    base_account, quote_account = live.accounts.of({profile_id})[profile_id][:2]
    if side == "SELL":
        return Pledge(base_account, True, to_units(change, live.units.base_scale))
    return Pledge(quote_account, False, to_units(change, live.units.quote_scale))
