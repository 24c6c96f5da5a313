"""When the house has to look at a client again: by risk, with notice and reminders before the day.

Ongoing monitoring keeps what is known of a client up to date on a risk basis (FATF recommendation 10, Directive (EU)
2015/849 art. 13(1)(d) and 14(5)); the periods are the house's own. Days are UTC business dates.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

REFRESH_MONTHS: Mapping[str, int] = {"LOW": 36, "MEDIUM": 24, "HIGH": 12}
NOTICE_DAYS = 30
REMINDER_DAYS = (30, 14, 7, 1)
"""Days before the due date on which the client is told, most first; each is told once."""


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of a month that is too short: 29 February + 12 is 28 February."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def due_date(*, last_refresh: date, risk_rating: str) -> date:
    """The last day on which a refresh is in time, counted from the one before."""
    return add_months(last_refresh, REFRESH_MONTHS[risk_rating])


def moved_due_date(*, due: date, last_refresh: date, risk_rating: str, today: date) -> date:
    """The due date after the risk was rated anew, of a refresh that has not begun.

    Nobody is taken by surprise: a date that comes nearer leaves the notice, and none is put off by that.
    """
    planned = due_date(last_refresh=last_refresh, risk_rating=risk_rating)
    if planned >= due:
        return planned
    return min(due, max(planned, today + timedelta(days=NOTICE_DAYS)))


def notice_date(due: date) -> date:
    """The day on which a refresh starts: ``NOTICE_DAYS`` before it is due."""
    return due - timedelta(days=NOTICE_DAYS)


def refresh_status_on(*, due: date, today: date) -> str:
    """NOT_DUE, DUE from the notice on, OVERDUE from the day after the due date."""
    if today > due:
        return "OVERDUE"
    return "DUE" if today >= notice_date(due) else "NOT_DUE"


def days_overdue(*, due: date, today: date) -> int:
    """Whole days since the due date passed, 0 until then."""
    return max((today - due).days, 0)


def reminder_for(*, due: date, today: date, reminded: int | None) -> int | None:
    """The reminder that has to go out today, in days before the due date; ``None`` when there is none.

    ``reminded`` is the one that went out last. Where several days were missed, the nearest one alone is told: what it
    says includes the others. From the due date's own day on nothing is told any more.
    """
    left = (due - today).days
    passed = [days for days in REMINDER_DAYS if 0 < left <= days]
    if not passed or (reminded is not None and min(passed) >= reminded):
        return None
    return min(passed)
