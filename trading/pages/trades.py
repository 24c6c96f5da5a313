"""The list of trades."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from trading.models import Market
from trading.queries.desk_trades import TradeFilter, list_trades, trade_row


def read_trade_filter(query: QueryDict) -> TradeFilter:
    """The filter an address spells."""
    return TradeFilter(market=query.get("market", "")[:33], text=query.get("text", "").strip()[:100])


@require_GET
@staff_page(permission="desk.read")
def show_trades(request: HttpRequest) -> HttpResponse:
    """Trades, newest first, both sides of each."""
    trade_filter = read_trade_filter(request.GET)
    found = read_keyset_page(
        list_trades(trade_filter), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "filter": trade_filter,
        "page": found.map(trade_row),
        "markets": list(Market.objects.order_by("symbol").values_list("symbol", flat=True)[:500]),
    }
    return answer(request, "ops/trading/trades.html", context, parts=("list",))
