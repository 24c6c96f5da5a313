"""What a bank or chain told that could not be booked: somebody has to look."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import ArrivalRefusal
from settlement.queries.deposit_places import list_refused_arrivals

COLUMNS = (
    Column("refused.refused_at", "Refused (UTC)", "time"),
    Column("refused.feed", "Told by"),
    Column("refused.reference", "Reference"),
    Column("refused.amount", "Amount as told"),
    Column("refused.rail_code", "Rail"),
    Column("refused.code", "Code"),
    Column("refused.detail", "Because", cut=True),
    Column("refused.deposit.outside_reference", "Known deposit", link="address"),
)


@require_GET
@staff_page(permission="deposit.read")
def show_refused_arrivals(request: HttpRequest) -> HttpResponse:
    """Newest first; the record of them is append-only."""
    page = read_keyset_page(
        list_refused_arrivals(), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "title": "Notices not booked",
        "context_line": "What a bank or chain told that cannot be true, or of a rail we do not have; nothing was posted",
        "columns": COLUMNS,
        "page": page.map(_row),
        "empty": "Every notice could be booked.",
        "actions": [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(refused: ArrivalRefusal) -> dict[str, Any]:
    deposit_id = refused.deposit_id
    return {"refused": refused, "address": reverse("ops:deposit", args=[deposit_id]) if deposit_id else ""}
