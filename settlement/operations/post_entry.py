"""Post one event to the ledger: the only way, besides the matcher's batch, that a balance changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.ids import new_id
from core.prepared import prepared_cursor
from settlement.calendar import business_date_of

# Everything in one statement, planned once a connection: lock the accounts in the order of their ids, look whether one is short,
# and only then write. An entry's business date is its own day, or the first open one where that takes no entry any more.
POST = """
WITH locked AS MATERIALIZED (
    SELECT a.id, a.code, a.kind, a.balance, a.held FROM settlement_ledgeraccount a
    WHERE a.id = ANY (%(accounts)s::uuid[]) ORDER BY a.id FOR NO KEY UPDATE
), short AS MATERIALIZED (
    SELECT l.id, l.code, CASE l.kind WHEN 'OMNIBUS' THEN -l.balance ELSE l.balance - l.held END AS available,
        abs(c.change) AS needed
    FROM locked l JOIN unnest(%(accounts)s::uuid[], %(changes)s::numeric[]) AS c (id, change) ON c.id = l.id
    WHERE (l.kind IN ('CLIENT', 'HOUSE') AND c.change < 0 AND l.balance - l.held + c.change < 0)
        OR (l.kind = 'OMNIBUS' AND c.change > 0 AND l.balance + c.change > 0)
), entry AS (
    INSERT INTO settlement_entry
        (id, kind, event_at, business_date, source_type, source_id, group_id, corrects_id, narrative, actor_id)
    SELECT %(entry)s::uuid, %(kind)s::varchar, %(event_at)s::timestamptz, greatest(%(day)s::date, (
            SELECT max(d.business_date) + 1 FROM settlement_businessday d
            WHERE d.status <> 'OPEN' AND d.business_date >= %(day)s::date
        )), %(source_type)s::varchar, %(source)s::uuid, %(group)s::uuid, %(corrects)s::uuid, %(narrative)s::varchar,
        %(actor)s::uuid
    WHERE NOT EXISTS (SELECT 1 FROM short)
), posted AS (
    INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount)
    SELECT %(entry)s::uuid, m.source_id, m.destination_id, m.asset_id, m.amount
    FROM unnest(%(sources)s::uuid[], %(destinations)s::uuid[], %(assets)s::uuid[], %(amounts)s::numeric[])
        WITH ORDINALITY AS m (source_id, destination_id, asset_id, amount, number)
    WHERE NOT EXISTS (SELECT 1 FROM short) ORDER BY m.number
), moved AS (
    UPDATE settlement_ledgeraccount a SET balance = a.balance + c.change
    FROM unnest(%(accounts)s::uuid[], %(changes)s::numeric[]) AS c (id, change)
    WHERE a.id = c.id AND NOT EXISTS (SELECT 1 FROM short)
)
SELECT code, available, needed FROM short ORDER BY id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Move:
    """``amount`` > 0 of ``asset_id`` from ``source_id`` to ``destination_id``, all of one asset."""

    source_id: UUID
    destination_id: UUID
    asset_id: UUID
    amount: Decimal


def post_entry(  # noqa: PLR0913 - an entry has this many parts
    *,
    kind: str,
    source_type: str,
    source_id: UUID,
    event_at: datetime,
    moves: Sequence[Move],
    actor_id: UUID | None,
    narrative: str = "",
    corrects: UUID | None = None,
    group_id: UUID | None = None,
) -> UUID:
    """Write the entry with its postings and move the balances, in the caller's transaction; answers the entry's id.

    ``corrects`` is the earlier entry that this one puts right, ``group_id`` what the entries of one event share (its source,
    unless told). Accounts are locked in the order of their ids. Refuses INSUFFICIENT_AVAILABLE when a covered account would be
    left with less than it holds, or an omnibus account with more than is outside; the database refuses the same by
    ``client_account_is_covered`` and ``omnibus_is_never_overdrawn``.
    """
    changes: dict[UUID, Decimal] = {}
    for move in moves:
        changes[move.source_id] = changes.get(move.source_id, Decimal(0)) - move.amount
        changes[move.destination_id] = changes.get(move.destination_id, Decimal(0)) + move.amount
    entry_id = new_id()
    with prepared_cursor() as cursor:
        cursor.execute(
            POST,
            {
                "accounts": list(changes),
                "changes": list(changes.values()),
                "sources": [move.source_id for move in moves],
                "destinations": [move.destination_id for move in moves],
                "assets": [move.asset_id for move in moves],
                "amounts": [move.amount for move in moves],
                "entry": entry_id,
                "kind": kind,
                "event_at": event_at,
                "day": business_date_of(event_at),
                "source_type": source_type,
                "source": source_id,
                "group": group_id or source_id,
                "corrects": corrects,
                "narrative": narrative,
                "actor": actor_id,
            },
        )
        short = cursor.fetchone()
    if short is not None:
        _refuse_short(*short)
    return entry_id


def _refuse_short(code: str, available: Decimal, needed: Decimal) -> None:
    raise Refusal(
        "INSUFFICIENT_AVAILABLE",
        f"{code} has {plain_text(available)} available.",
        meta={"available": plain_text(available), "needed": plain_text(needed)},
    )
