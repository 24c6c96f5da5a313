"""Withdrawals: the list, by status and age."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import Withdrawal
from settlement.queries.withdrawals import count_waiting_withdrawals, list_withdrawals

_DIGITS = ("withdrawal.rail.asset.scale", "withdrawal.rail.asset.payment_scale")
COLUMNS = (
    Column("withdrawal.requested_at", "Asked (UTC)", "time"),
    Column("withdrawal.client_reference", "Reference", link="address"),
    Column("withdrawal.profile.reference", "Profile"),
    Column("withdrawal.profile.entity.shown_name", "Entity"),
    Column("withdrawal.net_amount", "Net", "money", *_DIGITS, unit="withdrawal.rail.asset.code"),
    Column("withdrawal.destination.label", "To"),
    Column("withdrawal.rail.network", "Network"),
    Column("withdrawal.status", "Status", "chip", noun="withdrawal"),
)


@require_GET
@staff_page(permission="withdrawal.read")
def show_withdrawals(request: HttpRequest) -> HttpResponse:
    """Withdrawals, newest first; a status in the search narrows to it."""
    text = request.GET.get("text", "").strip()[:100]
    status = text.upper().replace(" ", "_")
    rows = (
        list_withdrawals().filter(status=status) if status in Withdrawal.Status.values else list_withdrawals(text=text)
    )
    page = read_keyset_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    waiting = count_waiting_withdrawals()
    context = {
        "title": "Withdrawals",
        "context_line": f"What clients want out; {waiting or 'nothing'} not ended yet",
        "columns": COLUMNS,
        "page": page.map(_row),
        "search": {"value": text, "label": "Reference, profile, entity or status"},
        "empty": "No withdrawals match.",
        "actions": [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(withdrawal: Withdrawal) -> dict[str, Any]:
    return {"withdrawal": withdrawal, "address": reverse("ops:withdrawal", args=[withdrawal.pk])}
