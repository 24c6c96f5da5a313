"""Close every day that is over, one after the other: after an outage all that were missed."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Min

from settlement.calendar import business_date_of, cut_off_at
from settlement.models import BusinessDay, Entry
from settlement.operations.close_business_day import close_business_day

DAY = timedelta(days=1)


def close_due_days(*, at: datetime) -> list[date]:
    """Shut the days whose cut-off is ``settings.DAY_GRACE_MINUTES`` past, oldest first and at most ``settings.DAYS_PER_SWEEP``;
    answers their dates. The day of ``at`` is there and open afterwards.
    """
    past = at - timedelta(minutes=settings.DAY_GRACE_MINUTES)
    closed: list[date] = []
    due = _first_due()
    while due is not None and cut_off_at(due) <= past and len(closed) < settings.DAYS_PER_SWEEP:
        close_business_day(business_date=due, at=at)
        closed.append(due)
        due += DAY
    today = business_date_of(at)
    BusinessDay.objects.get_or_create(business_date=today, defaults={"cut_off_at": cut_off_at(today)})
    return closed


def _first_due() -> date | None:
    """The day after the last whose snapshots are there; in a new house the day of the first entry."""
    last = BusinessDay.objects.filter(gates__has_key="snapshots").order_by("-business_date").first()
    if last is not None:
        return last.business_date + DAY
    first: date | None = Entry.objects.aggregate(first=Min("business_date"))["first"]
    return first
