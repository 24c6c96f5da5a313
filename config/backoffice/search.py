"""The search of the top bar: a whole id opens its page, a market's symbol its market, anything else filters
the blotter.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.pages.access import staff_page
from settlement.models import Deposit, LedgerAccount
from trading.models import Market, Order, Trade
from trading.queries.desk_orders import parse_id


@require_GET
@staff_page
def find(request: HttpRequest) -> HttpResponse:
    """Lead to what ``q`` names."""
    text = request.GET.get("q", "").strip()[:100]
    if not text:
        return HttpResponseRedirect(reverse("ops:blotter"))
    symbol = text.upper()
    if Market.objects.filter(symbol=symbol).exists():
        return HttpResponseRedirect(reverse("ops:market", args=[symbol]))
    whole = parse_id(text)
    if whole is not None:
        if Order.objects.filter(id=whole).exists():
            return HttpResponseRedirect(reverse("ops:order", args=[whole]))
        if LedgerAccount.objects.filter(id=whole).exists():
            return HttpResponseRedirect(reverse("ops:ledger-account", args=[whole]))
        if Trade.objects.filter(id=whole).exists():
            return HttpResponseRedirect(f"{reverse('ops:trades')}?{urlencode({'text': text})}")
    if Deposit.objects.filter(outside_reference=text).exists():
        return HttpResponseRedirect(f"{reverse('ops:deposits')}?{urlencode({'text': text})}")
    return HttpResponseRedirect(f"{reverse('ops:blotter')}?{urlencode({'text': text})}")
