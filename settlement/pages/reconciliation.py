"""Reconciliation: our books against the custodian's, run by run, and the breaks somebody has to explain."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from core import clock
from core.domain.tones import Tone
from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import Break, ReconciliationRun
from settlement.queries.reconciliations import (
    age_in_days,
    get_run,
    list_breaks_of,
    list_newest_runs,
    list_omnibus_without_run,
    list_open_breaks,
    list_runs,
)

OLD_BREAK_DAYS = 4
_DIGITS = ("run.omnibus.asset.scale", "run.omnibus.asset.payment_scale")
RUN_COLUMNS = (
    Column("run.run_at", "Run (UTC)", "time"),
    Column("run.omnibus.name", "Account", link="address"),
    Column("run.business_date", "Business date", "day"),
    Column("run.ledger_balance", "Ledger", "money", *_DIGITS),
    Column("run.outside_balance", "Outside", "money", *_DIGITS),
    Column("run.difference", "Difference", "money", *_DIGITS, unit="run.omnibus.asset.code"),
    Column("run.open_breaks", "Breaks", "count"),
    Column("run.status", "Status", "chip", noun="reconciliation"),
)


@require_GET
@staff_page(permission="reconciliation.read")
def show_reconciliation(request: HttpRequest) -> HttpResponse:
    """Where each account stands, the open breaks by age, and every run."""
    found = read_keyset_page(list_runs(), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    newest = list_newest_runs()
    context = {
        "newest": newest,
        "balanced": sum(run.status == ReconciliationRun.Status.BALANCED for run in newest),
        "failed": [run for run in newest if run.status == ReconciliationRun.Status.FAILED],
        "never": list_omnibus_without_run(),
        "breaks": describe_breaks(list_open_breaks()),
        "columns": RUN_COLUMNS,
        "page": found.map(_run),
        "empty": "No run yet.",
    }
    return answer(request, "ops/settlement/reconciliation.html", context, parts=("list",))


@require_GET
@staff_page(permission="reconciliation.read")
def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One comparison with both sides and its breaks."""
    run = get_run(run_id)
    return answer(
        request,
        "ops/settlement/reconciliation_run.html",
        {"run": run, "breaks": describe_breaks(list_breaks_of(run))},
    )


def describe_breaks(breaks: Sequence[Break]) -> list[dict[str, Any]]:
    """Breaks with their age; an open one waits for somebody, and from the fourth day on it is late."""
    today = clock.now().date()
    described = []
    for item in breaks:
        days = age_in_days(item, today)
        is_late = item.status == Break.Status.OPEN and days >= OLD_BREAK_DAYS
        described.append({"break": item, "days": days, "late": Tone.BAD.value if is_late else ""})
    return described


def _run(run: ReconciliationRun) -> dict[str, Any]:
    return {"run": run, "address": reverse("ops:reconciliation-run", args=[run.pk])}
