"""Reconciliation as people read it: the newest run of each omnibus account, runs, and breaks with their
age.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet

from core.domain.refusals import NotFound
from settlement.models import Break, LedgerAccount, ReconciliationRun

MOST_BREAKS = 500


def list_runs() -> "QuerySet[ReconciliationRun]":
    """Every run with the count of the breaks it found; the caller orders and cuts."""
    return ReconciliationRun.objects.select_related("omnibus__asset").annotate(open_breaks=Count("breaks"))


def list_newest_runs() -> list[ReconciliationRun]:
    """The newest run of each omnibus account, by the account's code. One statement."""
    newest = ReconciliationRun.objects.order_by("omnibus_id", "-run_at", "-id").distinct("omnibus_id").values("id")
    return list(list_runs().filter(id__in=newest).order_by("omnibus__code"))


def list_omnibus_without_run() -> list[LedgerAccount]:
    """Omnibus accounts that nobody has compared yet: silence is not balance."""
    return list(LedgerAccount.objects.filter(kind="OMNIBUS", reconciliation_runs__isnull=True).order_by("code")[:100])


def get_run(run_id: UUID) -> ReconciliationRun:
    """The run ``run_id``. Refuses an unknown one with ``NotFound``."""
    run = list_runs().filter(id=run_id).first()
    if run is None:
        raise NotFound("reconciliation run")
    return run


def list_open_breaks() -> list[Break]:
    """Open breaks, oldest first: those of the newest run of each account that compared. A run that failed leaves them as
    they are.
    """
    return list(_with_run(Break.objects.filter(status="OPEN")).order_by("opened_on", "id")[:MOST_BREAKS])


def list_breaks_of(run: ReconciliationRun) -> Sequence[Break]:
    """The breaks a run found."""
    return list(_with_run(Break.objects.filter(run=run)).order_by("opened_on", "id")[:MOST_BREAKS])


def age_in_days(item: Break, today: date) -> int:
    """How many days a break has been open."""
    return max(0, (today - item.opened_on).days)


def _with_run(breaks: "QuerySet[Break]") -> "QuerySet[Break]":
    return breaks.select_related("run__omnibus__asset", "deposit")
