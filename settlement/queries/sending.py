"""When value leaves over a rail: on business days of its asset's calendar, before the rail's cut-off."""

from datetime import date, datetime

from settlement.calendar import business_date_of, sending_date
from settlement.models import Rail, Withdrawal

# Not handed over yet: still to be sent.
UNSENT = ("IN_REVIEW", "AWAITING_APPROVAL", "APPROVED", "ERRORED")


def rail_sends_on(rail: Rail, at: datetime) -> date:
    """The day on which what is ready at ``at`` leaves over the rail."""
    return sending_date(at, rail.cut_off, rail.asset.calendar)


def sends_now(rail: Rail, at: datetime) -> bool:
    """Whether value leaves over the rail at ``at``: it is on, its asset ACTIVE, and the bank's day not over."""
    return rail.enabled and rail.asset.status == "ACTIVE" and rail_sends_on(rail, at) == business_date_of(at)


def open_rails(*, at: datetime) -> list[Rail]:
    """The rails over which value leaves at ``at``."""
    return [rail for rail in Rail.objects.select_related("asset") if sends_now(rail, at)]


def expected_date(withdrawal: Withdrawal, at: datetime) -> date | None:
    """The day on which it is sent if whoever has to agree does so by then; the day on which it was; none where it never will be.

    None, too, while its rail is off.
    """
    if withdrawal.sent_at is not None:
        return business_date_of(withdrawal.sent_at)
    if withdrawal.submitted_at is not None and withdrawal.outcome_unknown:
        return business_date_of(withdrawal.submitted_at)
    if withdrawal.status not in UNSENT or not withdrawal.rail.enabled:
        return None
    return rail_sends_on(withdrawal.rail, at)
