"""Business days: how far they are, and what keeps one from closing."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from core.domain.refusals import NotFound
from settlement.models import BalanceSnapshot, BusinessDay, LedgerAccount, ReconciliationRun


def list_days() -> "QuerySet[BusinessDay]":
    """All days; the caller orders and cuts."""
    return BusinessDay.objects.all()


def get_day(business_date: date) -> BusinessDay:
    """The day. Refuses an unknown one with ``NotFound``."""
    day = BusinessDay.objects.filter(pk=business_date).first()
    if day is None:
        raise NotFound("business day")
    return day


def count_waiting_days() -> int:
    """How many are shut and wait for a person."""
    return BusinessDay.objects.filter(status=BusinessDay.Status.CLOSING).count()


def list_not_reconciled(business_date: date) -> list[str]:
    """The codes of omnibus accounts that no run compared as of that day or later. Accounts that never held anything need none."""
    compared = ReconciliationRun.objects.exclude(status=ReconciliationRun.Status.FAILED).filter(
        business_date__gte=business_date
    )
    accounts = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.OMNIBUS, snapshots__business_date=business_date)
    return list(accounts.exclude(pk__in=compared.values("omnibus_id")).order_by("code").values_list("code", flat=True))


def list_runs_of_day(business_date: date) -> "QuerySet[ReconciliationRun]":
    """The newest run of the day of each account, with the count of its breaks that are open still."""
    of_day = ReconciliationRun.objects.filter(business_date=business_date)
    newest = of_day.order_by("omnibus_id", "-run_version").distinct("omnibus_id").values("pk")
    runs = ReconciliationRun.objects.filter(pk__in=newest).select_related("omnibus__asset").order_by("omnibus__code")
    return runs.annotate(open_breaks=Count("breaks", filter=Q(breaks__status="OPEN")))


@dataclass(frozen=True, slots=True)
class SnapshotTotal:
    """All snapshots of a day in one asset: ``closing`` summed over all accounts is zero."""

    asset: str
    payment_scale: int
    accounts: int
    credits: Decimal
    closing: Decimal


def count_snapshots(business_date: date) -> int:
    """How many accounts have a snapshot of the day."""
    return BalanceSnapshot.objects.filter(business_date=business_date).count()


def list_snapshot_totals(business_date: date) -> list[SnapshotTotal]:
    """A line for each asset. What came in over all accounts is what was moved."""
    sums = (
        BalanceSnapshot.objects.filter(business_date=business_date)
        .values("account__asset__code", "account__asset__payment_scale")
        .annotate(accounts=Count("id"), moved=Sum("credits"), total=Sum("closing"))
        .order_by("account__asset__code")
    )
    return [
        SnapshotTotal(
            each["account__asset__code"],
            each["account__asset__payment_scale"],
            each["accounts"],
            each["moved"],
            each["total"],
        )
        for each in sums
    ]
