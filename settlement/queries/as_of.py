"""What accounts had at an earlier moment, exactly: the balance of now, less what its postings did since.

Three clocks give three answers, all of them right: ``event_at`` is what was true then, ``recorded_at`` what our books said then,
and ``business_date`` what counts for the days up to one. What came late differs between them, and nothing else does.

One statement reads balances and postings from one picture of the database. It looks at the entries since the moment, which their
index finds by whichever clock (``entry_by_time``): the nearer the moment, the cheaper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

_SINCE = """
    SELECT side.account_id, sum(side.change) AS change
    FROM settlement_entry e JOIN settlement_posting p ON p.entry_id = e.id
    CROSS JOIN LATERAL (VALUES (p.destination_id, p.amount), (p.source_id, -p.amount)) AS side (account_id, change)
    WHERE {late} GROUP BY side.account_id
"""
_BALANCES = """
SELECT a.id, a.code, a.name, a.kind, s.code, s.scale, s.payment_scale, a.balance - coalesce(since.change, 0)
FROM settlement_ledgeraccount a
JOIN settlement_asset s ON s.id = a.asset_id
LEFT JOIN ({since}) since ON since.account_id = a.id
WHERE {which}
ORDER BY s.code, array_position(%(kinds)s::text[], a.kind::text), a.code
"""
_TOTALS = """
SELECT s.code, s.scale, s.payment_scale, a.kind, count(*) FILTER (WHERE a.balance <> coalesce(since.change, 0)),
    sum(greatest(a.balance - coalesce(since.change, 0), 0)), sum(greatest(coalesce(since.change, 0) - a.balance, 0))
FROM settlement_ledgeraccount a
JOIN settlement_asset s ON s.id = a.asset_id
LEFT JOIN ({since}) since ON since.account_id = a.id
GROUP BY s.code, s.scale, s.payment_scale, a.kind
ORDER BY s.code, array_position(%(kinds)s::text[], a.kind::text)
"""
KINDS = ["OMNIBUS", "SUSPENSE", "CLEARING", "ROUNDING", "FEES", "HOUSE", "CLIENT"]
"""In the order in which a trial balance lists them: what we have, what hangs, what we own, what we owe."""

_LATE = {
    "event_at": "e.event_at >= %(at)s",
    "recorded_at": "e.recorded_at >= %(at)s",
    "business_date": "e.business_date > %(at)s",
}


@dataclass(frozen=True, slots=True)
class AsOf:
    """A moment on one of three clocks: before an instant (``event_at``, ``recorded_at``), or to the end of a
    ``business_date``.
    """

    clock: str
    at: datetime | date

    def __post_init__(self) -> None:
        is_day = not isinstance(self.at, datetime)
        if self.clock not in _LATE or is_day != (self.clock == "business_date"):
            raise ValueError(f"no moment on the clock {self.clock}: {self.at!r}")


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One account at the moment; ``balance`` is signed."""

    account_id: UUID
    code: str
    name: str
    kind: str
    asset: str
    scale: int
    payment_scale: int
    balance: Decimal


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All accounts of a kind in an asset at the moment: how many had something, what they are owed (``credit`` >= 0) and what
    they owe (``debit`` >= 0). Credits less debits over all kinds of an asset are zero.
    """

    asset: str
    scale: int
    payment_scale: int
    kind: str
    accounts: int
    credit: Decimal
    debit: Decimal

    @property
    def balance(self) -> Decimal:
        """Credit less debit."""
        return self.credit - self.debit


def list_balances_as_of(as_of: AsOf, *, account_ids: Sequence[UUID] | None = None) -> list[AccountBalance]:
    """The balances of accounts (all, where none are named) at the moment, by asset, kind and code. One statement."""
    which = "true" if account_ids is None else "a.id = ANY(%(accounts)s)"
    late = _LATE[as_of.clock]
    if account_ids is not None:
        late += " AND (p.source_id = ANY(%(accounts)s) OR p.destination_id = ANY(%(accounts)s))"
    statement = _BALANCES.format(since=_SINCE.format(late=late), which=which)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"at": as_of.at, "kinds": KINDS, "accounts": None if account_ids is None else list(account_ids)}
        )
        return [AccountBalance(*row) for row in cursor.fetchall()]


def balance_as_of(account_id: UUID, as_of: AsOf) -> Decimal:
    """What one account had at the moment."""
    (found,) = list_balances_as_of(as_of, account_ids=[account_id])
    return found.balance


def list_trial_totals(as_of: AsOf) -> list[KindTotal]:
    """The trial balance at the moment, a line for each asset and kind of account. One statement over all accounts."""
    statement = _TOTALS.format(since=_SINCE.format(late=_LATE[as_of.clock]))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": as_of.at, "kinds": KINDS})
        return [KindTotal(*row) for row in cursor.fetchall()]
