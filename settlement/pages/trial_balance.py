"""The trial balance at any moment: per asset what each kind of account has, ending in zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from core import clock
from core.pages.access import staff_page
from core.pages.answers import answer
from settlement.pages.days_said import read_as_of
from settlement.queries.as_of import KindTotal, list_trial_totals

CLOCKS = (
    ("business_date", "What counts for the days up to"),
    ("event_at", "What had happened by"),
    ("recorded_at", "What was written by"),
)


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """One asset's lines; ``total`` other than zero is a broken ledger."""

    asset: str
    payment_scale: int
    lines: list[KindTotal]
    debit: Decimal
    credit: Decimal
    total: Decimal


@require_GET
@staff_page(permission="ledger.read")
def show_trial_balance(request: HttpRequest) -> HttpResponse:
    """Every asset with its kinds of accounts, at the end of a business date or at an instant."""
    said = {name: request.GET.get(name, "")[:20] for name in ("clock", "day", "time")}
    as_of, fault = read_as_of(said["clock"], said["day"], said["time"], now=clock.now())
    context = {
        "clocks": CLOCKS,
        "as_of": as_of,
        "said": said,
        "fault": fault,
        "assets": _by_asset(list_trial_totals(as_of)),
    }
    return answer(request, "ops/settlement/trial_balance.html", context, parts=("list",), status=422 if fault else 200)


def _by_asset(totals: Sequence[KindTotal]) -> list[AssetTotals]:
    found: dict[str, list[KindTotal]] = {}
    for each in totals:
        found.setdefault(each.asset, []).append(each)
    return [
        AssetTotals(
            asset,
            lines[0].payment_scale,
            lines,
            debit=sum((line.debit for line in lines), Decimal(0)),
            credit=sum((line.credit for line in lines), Decimal(0)),
            total=sum((line.balance for line in lines), Decimal(0)),
        )
        for asset, lines in found.items()
    ]
