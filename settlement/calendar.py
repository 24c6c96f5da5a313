"""Business dates: one place that says which day an instant counts for.

The house trades around the clock: a business date is a UTC calendar day and is cut off at the following midnight.
"""

from datetime import UTC, date, datetime, time, timedelta


def business_date_of(instant: datetime) -> date:
    """The day that ``instant`` counts for."""
    return instant.astimezone(UTC).date()


def cut_off_at(business_date: date) -> datetime:
    """The first instant that no longer counts for ``business_date``."""
    return datetime.combine(business_date + timedelta(days=1), time(), tzinfo=UTC)
