"""Post one event to the ledger: the only way, besides the matcher's batch, that a balance changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.ids import new_id
from settlement.models import Entry, LedgerAccount, Posting
from settlement.queries.days import entry_date

UPDATE = "UPDATE settlement_ledgeraccount SET balance = balance + %s WHERE id = %s"


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
    accounts = LedgerAccount.objects.select_for_update(no_key=True).filter(pk__in=changes).order_by("pk")
    for account in accounts:
        _refuse_short(account, changes[account.pk])
    entry_id = new_id()
    Entry.objects.create(
        id=entry_id,
        kind=kind,
        event_at=event_at,
        business_date=entry_date(event_at),
        source_type=source_type,
        source_id=source_id,
        group_id=group_id or source_id,
        corrects_id=corrects,
        narrative=narrative,
        actor_id=actor_id,
    )
    Posting.objects.bulk_create(
        Posting(
            entry_id=entry_id,
            source_id=move.source_id,
            destination_id=move.destination_id,
            asset_id=move.asset_id,
            amount=move.amount,
        )
        for move in moves
    )
    with connection.cursor() as cursor:
        cursor.executemany(UPDATE, [(changes[account], account) for account in sorted(changes)])
    return entry_id


def _refuse_short(account: LedgerAccount, change: Decimal) -> None:
    if account.kind in {"CLIENT", "HOUSE"} and change < 0:
        available = account.balance - account.held
    elif account.kind == "OMNIBUS" and change > 0:
        available = -account.balance
    else:
        return
    if available < abs(change):
        raise Refusal(
            "INSUFFICIENT_AVAILABLE",
            f"{account.code} has {plain_text(available)} available.",
            meta={"available": plain_text(available), "needed": plain_text(abs(change))},
        )
