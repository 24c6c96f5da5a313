"""The search of the top bar: a whole id opens its page, a market's symbol its market, anything else filters
the blotter.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.pages.access import has_permission, staff_page
from settlement.models import Deposit, LedgerAccount
from trading.models import Market, Order, Trade
from trading.queries.desk_orders import parse_id


@require_GET
@staff_page
def find(request: HttpRequest) -> HttpResponse:
    """Lead to what ``q`` names, among the things that the person may see; nobody learns that there are others."""
    text = request.GET.get("q", "").strip()[:100]
    address = ""
    if text and has_permission(request, "desk.read"):
        address = _find_traded(text)
    if text and not address and has_permission(request, "ledger.read"):
        address = _find_account(text)
    if text and not address and has_permission(request, "deposit.read"):
        address = _find_deposit(text)
    if not address and has_permission(request, "desk.read"):
        address = f"{reverse('ops:blotter')}?{urlencode({'text': text})}" if text else reverse("ops:blotter")
    return HttpResponseRedirect(address or reverse("ops:home"))


def _find_traded(text: str) -> str:
    """The address of a market by its symbol, of an order or of a trade by its id; empty where there is none."""
    symbol = text.upper()
    if Market.objects.filter(symbol=symbol).exists():
        return reverse("ops:market", args=[symbol])
    whole = parse_id(text)
    if whole is not None and Order.objects.filter(id=whole).exists():
        return reverse("ops:order", args=[whole])
    if whole is not None and Trade.objects.filter(id=whole).exists():
        return f"{reverse('ops:trades')}?{urlencode({'text': text})}"
    return ""


def _find_account(text: str) -> str:
    whole = parse_id(text)
    is_account = whole is not None and LedgerAccount.objects.filter(id=whole).exists()
    return reverse("ops:ledger-account", args=[whole]) if is_account else ""


def _find_deposit(text: str) -> str:
    is_known = Deposit.objects.filter(outside_reference=text).exists()
    return f"{reverse('ops:deposits')}?{urlencode({'text': text})}" if is_known else ""
