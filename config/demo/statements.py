"""The statements of the demo: of its first closed day, for everybody who had something by then."""

from datetime import datetime, timedelta

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from core.operations.seal_records import seal_records
from settlement.models import BalanceSnapshot, BusinessDay, ClientStatement
from settlement.operations.issue_statement import issue_statement
from trading.operations.record_market_prices import record_market_prices

# What the demo's books fill at the most before the relay seals: a bound, not a number of records.
MOST_BATCHES = 100


def bring_statements(*, at: datetime) -> int:
    """Issue what is not there; answers how many were new. No day is closed: there is nothing to state."""
    day = BusinessDay.objects.filter(status=BusinessDay.Status.CLOSED).order_by("business_date").first()
    if day is None:
        return 0
    _seal(at)
    if not ClientStatement.objects.exists():
        # What it was worth is told as of a moment before the cut-off, as a house that ran then would have.
        record_market_prices(at=day.cut_off_at - timedelta(minutes=1))
    snapshots = BalanceSnapshot.objects.filter(business_date=day.business_date, account__kind="CLIENT")
    stated = ClientStatement.objects.filter(period_end=day.business_date).values("profile_id")
    due = snapshots.exclude(account__profile_id__in=stated).values_list("account__profile_id", flat=True)
    made = 0
    for profile_id in sorted({each for each in due if each is not None}):
        try:
            issue_statement(
                profile_id=profile_id,
                period_start=day.business_date,
                period_end=day.business_date,
                actor=SYSTEM,
                at=at,
            )
        except Refusal as refusal:
            # Nobody holds the profile: a demo of a closed day has such accounts too.
            if refusal.code != "PROFILE_HAS_NO_HOLDER":
                raise
        else:
            made += 1
    return made


def _seal(at: datetime) -> None:
    """Seal what is there: the relay is not running yet that would."""
    for _ in range(MOST_BATCHES):
        if not seal_records(at=at):
            break
