"""Business dates: one place that says which day an instant counts for, and on which days a calendar's banks work.

The house trades around the clock: its own business date is a UTC calendar day and is cut off at the following midnight. What is
paid over a rail waits for the business days of its asset's calendar. Holidays come from the library ``holidays``; what it does
not know of a calendar, and where the rule is written, is said below. No instant is read here and nothing is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
ALWAYS = "ALWAYS"
# Nobody waits longer for a business day; a calendar with more holidays in a row is wrong.
LONGEST_CLOSURE_DAYS = 14
MOST_BUSINESS_DAYS = 1_000


class CalendarUnknown(ValueError):
    """There is no calendar of that code."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``holidays_of`` gives the weekdays of a year that are none of its business days; Saturdays and Sundays never are."""

    title: str
    source: str
    holidays_of: Callable[[int], frozenset[date]]


def _fed(year: int) -> frozenset[date]:
    # A holiday on a Sunday is kept on the Monday after it; one on a Saturday is not kept: the Friday before is open.
    days = holidays.country_holidays("US", years=year, observed=False)
    kept = {day + DAY if day.weekday() == SUNDAY else day for day in days}
    # The Reserve Banks first kept Juneteenth in 2022: in 2021 it fell on a Saturday, two days after it had become law.
    return frozenset(day for day in kept if day.weekday() < SATURDAY)


def _target(year: int) -> frozenset[date]:
    return _weekdays(holidays.financial_holidays("ECB", years=year))


def _uk(year: int) -> frozenset[date]:
    # With the substitute days that are proclaimed for holidays at weekends, and those of one year only.
    return _weekdays(holidays.country_holidays("GB", subdiv="ENG", years=year))


def _weekdays(days: "holidays.HolidayBase") -> frozenset[date]:
    return frozenset(day for day in days if day.weekday() < SATURDAY)


CALENDARS = {
    ALWAYS: Calendar("Every day", "Chains and our own books know no holidays.", lambda _year: frozenset()),
    "US_FED": Calendar(
        "Federal Reserve Banks",
        "Federal Reserve Bank Services, Holiday Schedules, for Fedwire and FedACH: for holidays falling on Saturday the Banks are"
        " open the preceding Friday, for those falling on Sunday they are closed the following Monday. 5 U.S.C. 6103(a) names the"
        " days.",
        _fed,
    ),
    "TARGET": Calendar(
        "TARGET",
        "European Central Bank, long-term calendar for TARGET closing days (14 December 2000): 1 January, Good Friday, Easter"
        " Monday, 1 May, 25 and 26 December, without substitutes, from 2002 on.",
        _target,
    ),
    "UK_BANK": Calendar(
        "Banks in England and Wales",
        "Banking and Financial Dealings Act 1971, schedule 1, with proclaimed days; CHAPS and Faster Payments settle by it.",
        _uk,
    ),
}


def business_date_of(instant: datetime) -> date:
    """The day that ``instant`` counts for."""
    return instant.astimezone(UTC).date()


def cut_off_at(business_date: date) -> datetime:
    """The first instant that no longer counts for ``business_date``."""
    return datetime.combine(business_date + DAY, time(), tzinfo=UTC)


def is_business_day(day: date, calendar: str = ALWAYS) -> bool:
    """Whether ``day`` is a business day of the calendar. Raises ``CalendarUnknown``."""
    if calendar == ALWAYS:
        return True
    return day.weekday() < SATURDAY and day not in _holidays(calendar, day.year)


def next_business_day(day: date, calendar: str = ALWAYS) -> date:
    """``day`` itself if it is a business day, else the first one after it (the convention called "following")."""
    for wait in range(LONGEST_CLOSURE_DAYS + 1):
        if is_business_day(day + wait * DAY, calendar):
            return day + wait * DAY
    raise CalendarUnknown(f"{calendar} is closed for more than {LONGEST_CLOSURE_DAYS} days from {day}")


def add_business_days(day: date, count: int, calendar: str = ALWAYS) -> date:
    """The business day that is ``count`` business days after ``day``; before it when ``count`` is negative.

    ``day`` need not be one; 0 gives ``next_business_day``. At most ``MOST_BUSINESS_DAYS`` either way.
    """
    if abs(count) > MOST_BUSINESS_DAYS:
        raise ValueError(f"{count} business days are more than {MOST_BUSINESS_DAYS}")
    if count == 0:
        return next_business_day(day, calendar)
    step, left = (DAY if count > 0 else -DAY), abs(count)
    while left:
        day += step
        left -= is_business_day(day, calendar)
    return day


def sending_date(instant: datetime, cut_off: time | None, calendar: str = ALWAYS) -> date:
    """The day on which what may leave at ``instant`` does: that day, if it is a business day and before the cut-off (UTC, none:
    midnight), else the next business day.
    """
    instant = instant.astimezone(UTC)
    day = instant.date()
    if cut_off is not None and instant.time() >= cut_off:
        day += DAY
    return next_business_day(day, calendar)


@cache
def _holidays(calendar: str, year: int) -> frozenset[date]:
    known = CALENDARS.get(calendar)
    if known is None:
        raise CalendarUnknown(f"there is no calendar {calendar!r}")
    return known.holidays_of(year)
