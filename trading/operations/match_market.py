"""Apply a market's waiting instructions: the only road on which orders change.

One transaction for each batch, under the market's row lock. The book lives in this process between batches and is believed only
while what was written of it is the market row's sequence; else it is read again from the open orders.

While the database writes one batch, the next is matched in memory beside it, by a thread that asks the database nothing. It was
read under the same lock, and is written only if the market still stands where it was matched from: the fence decides, as between
two matchers. If the first fails, the second is thrown away with the book.
"""

import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from core.domain.refusals import NotFound
from core.operations.publish_message import publish_message
from trading.contracts import MatchedBatch
from trading.domain import instruction as ins
from trading.models.instruction import ATTEMPTS_BEFORE_PARKED
from trading.operations.prepare_batch import (
    LiveBook,
    Prepared,
    Waiting,
    load_book,
    prepare_batch,
    read_next,
)
from trading.operations.write_batch import FenceBroken, write_batch
from trading.operations.write_rules import write_rules
from trading.queries import matching

log = structlog.get_logger()

# What may be matched ahead of: instructions that change the market's own terms are written before the next are read.
QUIET_KINDS = {ins.PLACE, ins.AMEND, ins.CANCEL, ins.MASS_CANCEL, ins.WAKE}
# How long a thread of ours keeps the interpreter: the one that writes waits for the one that matches after each statement.
SWITCH_SECONDS = 0.000_5
IDLE_IN_TRANSACTION = "25P03"

_live: dict[str, LiveBook] = {}
# Of a market what is being matched ahead: the ids of its instructions, and the batch that it will be.
_ahead: dict[str, tuple[list[int], "Future[Prepared]"]] = {}
_beside: list[ThreadPoolExecutor] = []


def match_market(*, market_id: UUID, at: datetime, looks_ahead: bool = False) -> MatchedBatch:
    """Match one batch of ``market_id``: at most ``MATCH_BATCH_SIZE`` instructions, all or nothing.

    With ``looks_ahead`` a full batch has the next one matched in memory meanwhile; whoever asks so asks again at once, the last
    time without. Raises ``NotFound`` for an unknown market. When the batch fails, its instructions count the attempt, and what
    fails five times is parked and its market halted; the failure itself is raised.
    """
    key = str(market_id)
    tried: list[int] = []
    was_collecting = gc.isenabled()
    gc.disable()  # The engine leaves no cycles; a collection in the middle of a batch would walk the whole book.
    try:
        with transaction.atomic(durable=True):
            matched = _match_locked(key, tried, at, looks_ahead)
    except (OperationalError, InterfaceError, FenceBroken):
        # The database went away or another matcher was faster: not the instructions' fault.
        _forget(key)
        raise
    except Exception as error:
        _forget(key)
        if not _was_paused(error):
            _count_attempt(market_id, tried, at)
        raise
    finally:
        if was_collecting:
            gc.enable()
    return matched


def _was_paused(error: Exception) -> bool:
    """The database ended a transaction in which it was asked nothing: this process stood still, no instruction is to blame."""
    return getattr(error.__cause__, "sqlstate", None) == IDLE_IN_TRANSACTION


def forget_books() -> None:
    """Drop every book from memory; the next batch reads it again."""
    for key in list(_live):
        _forget(key)


def _forget(key: str) -> None:
    _live.pop(key, None)
    _, ahead = _ahead.pop(key, (None, None))
    if ahead is not None and not ahead.cancel():
        # It works on a book that nobody has any more: what it came to, or failed of, is nobody's.
        ahead.exception()


def _match_locked(key: str, tried: list[int], at: datetime, looks_ahead: bool) -> MatchedBatch:
    locked = matching.lock_market(key)
    if locked is None:
        raise NotFound("market")
    sequence, has_first = locked
    live = _live.get(key)
    if live is None or live.written != sequence:
        _forget(key)
        live = _live[key] = load_book(key)
    prepared = _take_prepared(live, tried, at, has_first=has_first)
    if prepared is None:
        return MatchedBatch(0, 0, 0, is_full=False)
    is_full = len(tried) == settings.MATCH_BATCH_SIZE
    # What goes first has waited for the batch in hand, and waits for no other.
    may_look = looks_ahead and is_full and not has_first
    if may_look and all(row[1] in QUIET_KINDS for row in prepared.waiting.rows):
        _prepare_beside(live, read_next(live, but=tried), at)
    write_batch(prepared.rows)
    if prepared.new_rules is not None:
        write_rules(market_id=UUID(key), rules=prepared.new_rules, units=live.units, at=at)
    _announce(live, prepared)
    live.written = prepared.last_sequence
    return MatchedBatch(len(tried), prepared.events, prepared.trades, is_full=is_full)


def _take_prepared(live: LiveBook, tried: list[int], at: datetime, *, has_first: bool) -> Prepared | None:
    """The batch that was matched ahead, or the next one matched now; none where nothing waits."""
    ids, ahead = _ahead.pop(live.market_id, ([], None))
    if ahead is not None:
        tried.extend(ids)
        return ahead.result()
    waiting = read_next(live, has_first=has_first)
    if not waiting.rows:
        return None
    tried.extend(row[0] for row in waiting.rows)
    return prepare_batch(live, waiting, at)


def _prepare_beside(live: LiveBook, waiting: Waiting, at: datetime) -> None:
    if not waiting.rows:
        return
    if not _beside:
        _beside.append(ThreadPoolExecutor(max_workers=1, thread_name_prefix="matching-ahead"))
        sys.setswitchinterval(SWITCH_SECONDS)
    ids = [row[0] for row in waiting.rows]
    _ahead[live.market_id] = ids, _beside[0].submit(prepare_batch, live, waiting, at)


def _announce(live: LiveBook, prepared: Prepared) -> None:
    publish_message(
        topic="trading.market.batch_matched",
        channel="MARKET",
        entity_id=None,
        subject_type="market",
        subject_id=UUID(live.market_id),
        payload={
            "market_id": live.market_id,
            "symbol": live.symbol,
            "first_sequence": prepared.first_sequence,
            "last_sequence": prepared.last_sequence,
            **prepared.auction,
        },
    )


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
            " attempts, goes_first) VALUES (%s, 'CHANGE_PHASE', %s, %s, %s, 'VENUE_AUTO', 'PENDING', '', 0, true)",
            [market_id, '{"phase": "HALTED", "reason": "INVARIANT"}', at, ins.THE_HOUSE],
        )
