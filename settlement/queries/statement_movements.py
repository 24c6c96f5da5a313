"""What moved on a profile's accounts, as its statement tells it: sealed postings with the balance after each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from core.domain.chain import instant_text
from core.domain.decimals import format_scaled
from settlement.calendar import cut_off_at
from settlement.models import Deposit, InternalTransfer, ManualJournal, Withdrawal
from settlement.queries.statement import Period

_SIDES = """
FROM settlement_ledgeraccount l
JOIN settlement_asset a ON a.id = l.asset_id
CROSS JOIN LATERAL (
    SELECT id, entry_id, source_id AS other_id, amount AS change FROM settlement_posting WHERE destination_id = l.id
    UNION ALL
    SELECT id, entry_id, destination_id, -amount FROM settlement_posting WHERE source_id = l.id
) p
JOIN settlement_entry e ON e.id = p.entry_id
JOIN settlement_ledgeraccount other ON other.id = p.other_id
LEFT JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = e.id AND s.seal_seq <= %(known_at)s
WHERE l.profile_id = %(profile)s AND l.kind = 'CLIENT'
"""
_COLUMNS = """
SELECT a.code, a.scale, e.business_date, e.event_at, e.kind, e.id, p.id, e.source_type, e.source_id, e.corrects_id,
    CASE other.kind WHEN 'FEES' THEN other.label END, p.change, s.seal_seq IS NOT NULL
"""
_IN_PERIOD = f"""
{_COLUMNS} {_SIDES} AND e.business_date BETWEEN %(first)s AND %(last)s
ORDER BY a.code COLLATE "C", e.business_date, p.id LIMIT %(limit)s
"""
# What counts for a later day though it is of this period: it came late, or it corrects what is in it. Known, so far as sealed.
_LATER = f"""
{_COLUMNS} {_SIDES} AND e.business_date > %(last)s AND s.seal_seq IS NOT NULL AND (
    (e.event_at >= %(begins)s AND e.event_at < %(ends)s)
    OR EXISTS (
        SELECT 1 FROM settlement_entry c WHERE c.id = e.corrects_id AND c.business_date BETWEEN %(first)s AND %(last)s
    )
)
ORDER BY a.code COLLATE "C", e.business_date, p.id LIMIT %(limit)s
"""  # noqa: S608 - made of constants only


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting as the client's account sees it; ``fee`` names what it was a fee of, ``change`` is signed."""

    asset: str
    scale: int
    business_date: date
    event_at: datetime
    kind: str
    entry_id: UUID
    posting_id: int
    source_type: str
    source_id: UUID
    corrects_id: UUID | None
    fee: str | None
    change: Decimal
    is_sealed: bool


def list_movements(profile_id: UUID, period: Period, *, known_at: int, limit: int) -> list[Movement]:
    """What counts for the period's days, by asset in the order in which it counts; unsealed ones among it say so."""
    return _read(_IN_PERIOD, profile_id, period, known_at, limit)


def list_later_movements(profile_id: UUID, period: Period, *, known_at: int, limit: int) -> list[Movement]:
    """What happened in the period, or corrects what did, and counts for a later day; sealed at ``known_at`` or before."""
    return _read(_LATER, profile_id, period, known_at, limit)


def _read(statement: str, profile_id: UUID, period: Period, known_at: int, limit: int) -> list[Movement]:
    values: dict[str, Any] = {
        "profile": profile_id,
        "first": period.first,
        "last": period.last,
        "begins": cut_off_at(period.first - timedelta(days=1)),
        "ends": cut_off_at(period.last),
        "known_at": known_at,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Movement(*row) for row in cursor.fetchall()]


def tell_movements(movements: Sequence[Movement], *, profile_id: UUID, openings: dict[str, Decimal]) -> list[Any]:
    """The movements in the form of the document, each with the balance after it; ``openings`` per asset, none is nothing."""
    references = _references(movements, profile_id)
    balances = dict(openings)
    told = []
    for each in movements:
        balances[each.asset] = balances.get(each.asset, Decimal(0)) + each.change
        own, outside = references.get(each.source_id, ("", ""))
        told.append(
            {
                "asset": each.asset,
                "business_date": each.business_date.isoformat(),
                "event_at": instant_text(each.event_at),
                "kind": each.kind,
                "fee": each.fee,
                "change": format_scaled(each.change, each.scale),
                "balance": format_scaled(balances[each.asset], each.scale),
                "reference": own,
                "outside_reference": outside,
                "entry_id": str(each.entry_id),
                "posting": str(each.posting_id),
                "source_type": each.source_type,
                "source_id": str(each.source_id),
                "corrects_entry_id": None if each.corrects_id is None else str(each.corrects_id),
            }
        )
    return told


def _references(movements: Iterable[Movement], profile_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Source -> the client's own name for it, and that of the bank or chain. Who receives is not told the sender's."""
    ids: dict[str, set[UUID]] = {}
    for each in movements:
        ids.setdefault(each.source_type, set()).add(each.source_id)
    found: dict[UUID, tuple[str, str]] = {}
    deposits = Deposit.objects.filter(pk__in=ids.get("settlement.deposit", ()))
    found |= {pk: ("", outside) for pk, outside in deposits.values_list("pk", "outside_reference")}
    withdrawals = Withdrawal.objects.filter(pk__in=ids.get("settlement.withdrawal", ()))
    found |= {
        pk: (own, outside)
        for pk, own, outside in withdrawals.values_list("pk", "client_reference", "outside_reference")
    }
    transfers = InternalTransfer.objects.filter(
        pk__in=ids.get("settlement.internal_transfer", ()), from_profile_id=profile_id
    )
    found |= {pk: (own, "") for pk, own in transfers.values_list("pk", "client_reference")}
    journals = ManualJournal.objects.filter(pk__in=ids.get("settlement.manual_journal", ()))
    found |= {pk: (category, "") for pk, category in journals.values_list("pk", "category")}
    return found
