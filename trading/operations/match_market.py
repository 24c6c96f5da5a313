"""Apply a market's waiting instructions: the only road on which orders change.

One transaction for each batch, under the market's row lock. The book lives in this process between batches and is believed only
while its sequence is the market row's; else it is read again from the open orders.
"""

import gc
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from core.domain.decimals import to_units
from core.domain.refusals import NotFound
from core.ids import new_id_text
from core.operations.publish_message import publish_message
from trading.contracts import MatchedBatch
from trading.domain import instruction as ins
from trading.domain.accounting.accountant import Accountant
from trading.domain.accounting.rows import Pledge
from trading.domain.book import Book
from trading.domain.book_facts import book_of
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED, REJECTED, Event
from trading.domain.instruction import Instruction
from trading.domain.payload import instruction_of
from trading.domain.units import MarketUnits
from trading.operations.write_batch import AppliedInstruction, Batch, FenceBroken, write_batch
from trading.operations.write_market_data import MarketWatch
from trading.queries import matching

log = structlog.get_logger()

# Before an instruction is parked: so many batches with it have failed. From the third on it is tried alone.
ATTEMPTS_BEFORE_ALONE = 3
ATTEMPTS_BEFORE_PARKED = 5
REFUSING_EVENTS = {REJECTED, AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED}


@dataclass(slots=True)
class LiveBook:
    """One market in this process's memory."""

    market_id: str
    symbol: str
    base_id: str
    quote_id: str
    fees_account: str
    units: MarketUnits
    accounts: matching.Accounts
    book: Book
    watch: MarketWatch


_live: dict[str, LiveBook] = {}


def match_market(*, market_id: UUID, at: datetime) -> MatchedBatch:
    """Match one batch of ``market_id``: at most ``MATCH_BATCH_SIZE`` instructions, all or nothing.

    Raises ``NotFound`` for an unknown market. When the batch fails, its instructions count the attempt, and what fails five
    times is parked and its market halted; the failure itself is raised.
    """
    key = str(market_id)
    instructions: list[tuple[Any, ...]] = []
    was_collecting = gc.isenabled()
    gc.disable()  # The engine leaves no cycles; a collection in the middle of a batch would walk the whole book.
    try:
        with transaction.atomic(durable=True):
            return _match_locked(key, instructions, at)
    except (OperationalError, InterfaceError, FenceBroken):
        # The database went away or another matcher was faster: not the instructions' fault.
        _live.pop(key, None)
        raise
    except Exception:
        _live.pop(key, None)
        _count_attempt(market_id, [row[0] for row in instructions], at)
        raise
    finally:
        if was_collecting:
            gc.enable()


def forget_books() -> None:
    """Drop every book from memory; the next batch reads it again."""
    _live.clear()


def _match_locked(key: str, instructions: list[tuple[Any, ...]], at: datetime) -> MatchedBatch:
    sequence = matching.lock_market(key)
    if sequence is None:
        raise NotFound("market")
    live = _live.get(key)
    if live is None or live.book.sequence != sequence:
        live = _live[key] = _load(key)
    limit: int = settings.MATCH_BATCH_SIZE
    instructions.extend(matching.read_waiting_instructions(key, attempts_below=ATTEMPTS_BEFORE_PARKED, limit=limit))
    if not instructions:
        return MatchedBatch(0, 0, 0, is_full=False)
    if max(row[7] for row in instructions) >= ATTEMPTS_BEFORE_ALONE:
        del instructions[1:]
    batch = _apply_all(live, instructions)
    write_batch(batch=batch, book=live.book, watch=live.watch, at=at)
    publish_message(
        topic="trading.market.batch_matched",
        channel="MARKET",
        entity_id=None,
        subject_type="market",
        subject_id=UUID(key),
        payload={
            "market_id": key,
            "symbol": live.symbol,
            "first_sequence": batch.first_sequence,
            "last_sequence": live.book.sequence,
        },
    )
    outcome = batch.outcome
    return MatchedBatch(len(instructions), len(outcome.events), len(outcome.trades), is_full=len(instructions) == limit)


def _load(key: str) -> LiveBook:
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
    return LiveBook(key, symbol, base_id, quote_id, fees_account, units, accounts, book, watch)


def _apply_all(live: LiveBook, rows: list[tuple[Any, ...]]) -> Batch:
    to_place = [row[2] for row in rows if row[1] == ins.PLACE]
    placed = matching.read_placed_orders(to_place, live.units, live.accounts)
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


def _count_attempt(market_id: UUID, instruction_ids: list[int], at: datetime) -> None:
    """Remember that a batch with these failed. What failed alone for the fifth time is parked: its market halts."""
    if not instruction_ids:
        return
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trading_instruction SET attempts = attempts + 1 WHERE id = ANY(%s) AND status = 'PENDING'"
            " RETURNING id, attempts",
            [instruction_ids],
        )
        parked = [row[0] for row in cursor.fetchall() if row[1] >= ATTEMPTS_BEFORE_PARKED]
        if not parked:
            return
        log.error("instruction parked, market halting", market_id=str(market_id), instruction_id=parked[0])
        cursor.execute(
            "INSERT INTO trading_instruction (market_id, kind, payload, instructed_at, actor_id, initiator, status, refusal,"
            " attempts) VALUES (%s, 'CHANGE_PHASE', %s, %s, %s, 'VENUE_AUTO', 'PENDING', '', 0)",
            [market_id, '{"phase": "HALTED", "reason": "INVARIANT"}', at, ins.THE_HOUSE],
        )
