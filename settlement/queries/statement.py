"""What went through one account in a period: opening, every movement with the balance after it, closing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from settlement.models import LedgerAccount
from settlement.queries.as_of import AsOf, balance_as_of

LONGEST_PERIOD_DAYS = 366

# Totals are of the whole period, whatever the limit cuts off; running sums are in the order in which the days count.
_LINES = """
SELECT e.business_date, e.event_at, e.id, p.id, e.kind, e.narrative, other.code, p.change,
    sum(p.change) OVER (ORDER BY e.business_date, p.id), sum(greatest(p.change, 0)) OVER (), sum(greatest(-p.change, 0)) OVER (),
    count(*) OVER ()
FROM (
    SELECT id, entry_id, source_id AS other_id, amount AS change FROM settlement_posting WHERE destination_id = %(account)s
    UNION ALL
    SELECT id, entry_id, destination_id, -amount FROM settlement_posting WHERE source_id = %(account)s
) p
JOIN settlement_entry e ON e.id = p.entry_id
JOIN settlement_ledgeraccount other ON other.id = p.other_id
WHERE e.business_date BETWEEN %(first)s AND %(last)s
ORDER BY e.business_date, p.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Period:
    """The business dates ``first`` to ``last``, both counted."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < LONGEST_PERIOD_DAYS:
            raise ValueError(f"a period has 1 to {LONGEST_PERIOD_DAYS} days")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting as the account sees it: ``change`` is signed, ``balance`` what there was after it."""

    business_date: date
    event_at: datetime
    entry_id: UUID
    posting_id: int
    kind: str
    narrative: str
    other: str
    change: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """``closing`` = ``opening`` + ``credits`` - ``debits``; ``count`` lines in all, of which ``lines`` are the first."""

    opening: Decimal
    credits: Decimal
    debits: Decimal
    count: int
    lines: list[StatementLine]

    @property
    def closing(self) -> Decimal:
        """What there is at the end of the period."""
        return self.opening + self.credits - self.debits


def read_statement(account: LedgerAccount, period: Period, *, limit: int) -> AccountStatement:
    """The period's statement with its first ``limit`` lines. Two statements."""
    opening = balance_as_of(account.pk, AsOf("business_date", period.first - timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"account": account.pk, "first": period.first, "last": period.last, "limit": limit})
        rows = cursor.fetchall()
    lines = [StatementLine(*(*row[:8], opening + row[8])) for row in rows]
    credits, debits, count = rows[0][9:] if rows else (Decimal(0), Decimal(0), 0)
    return AccountStatement(opening, credits, debits, count, lines)
