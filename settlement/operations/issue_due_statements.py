"""Issue the statements of every month whose last day is closed and that has none yet."""

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.models import BusinessDay
from settlement.operations.issue_statement import issue_statement

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
# What had or moved something in the month. A few at a time, in the order of their ids: who was refused is not asked about again
# in the same sweep.
_DUE = """
SELECT DISTINCT l.profile_id FROM settlement_ledgeraccount l
JOIN settlement_balancesnapshot s ON s.account_id = l.id AND s.business_date BETWEEN %(first)s AND %(last)s
WHERE l.kind = 'CLIENT' AND l.profile_id > %(after)s AND (s.opening <> 0 OR s.credits <> 0 OR s.debits <> 0)
  AND NOT EXISTS (
    SELECT 1 FROM settlement_clientstatement c
    WHERE c.profile_id = l.profile_id AND c.period_start = %(first)s AND c.period_end = %(last)s
  )
ORDER BY l.profile_id LIMIT %(limit)s
"""
_FIRST = UUID(int=0)


def issue_due_statements(*, at: datetime) -> list[UUID]:
    """Issue at most ``settings.STATEMENTS_PER_SWEEP``, the oldest month first; answers their ids.

    Each is a transaction of its own: what ends in between is taken up by the next sweep, and two sweeps at once issue none
    twice. A profile that is refused, or fails, is told to the log and does not keep the others from theirs: what counts is what
    was issued.
    """
    issued: list[UUID] = []
    most: int = settings.STATEMENTS_PER_SWEEP
    for first, last in _closed_months():
        after = _FIRST
        while len(issued) < most and (due := _due(first, last, after, most - len(issued))):
            after = due[-1]
            issued += [made for each in due if (made := _issue(each, first, last, at)) is not None]
    return issued


def _closed_months() -> list[tuple[date, date]]:
    """The months of the last ``settings.STATEMENT_MONTHS_BACK`` whose last day is closed, the oldest first."""
    closed = BusinessDay.objects.filter(status=BusinessDay.Status.CLOSED)
    days = closed.order_by("-business_date").values_list("business_date", flat=True)
    ends = [day for day in days[: 31 * settings.STATEMENT_MONTHS_BACK] if (day + DAY).day == 1]
    return [(day.replace(day=1), day) for day in reversed(ends)]


def _due(first: date, last: date, after: UUID, limit: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"first": first, "last": last, "after": after, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def _issue(profile_id: UUID, first: date, last: date, at: datetime) -> UUID | None:
    try:
        return issue_statement(profile_id=profile_id, period_start=first, period_end=last, actor=SYSTEM, at=at)
    except Refusal as refusal:
        # Somebody else was faster, or it waits for a seal: the next sweep sees. The rest is for people.
        told = log.info if refusal.code in ("STATEMENT_ALREADY_ISSUED", "FIGURES_NOT_SEALED") else log.error
        told("statement not issued", profile_id=str(profile_id), month=first.isoformat(), code=refusal.code)
        return None
    except (OperationalError, InterfaceError):
        # The database is away, for everybody: the next sweep begins again.
        raise
    except Exception:
        log.exception("statement failed", profile_id=str(profile_id), month=first.isoformat())
        return None
