"""The blotter: the orders as they live, and the cancel of those that are chosen."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer, asks_for
from core.pages.keyset import read_keyset_page
from trading.models import Market, Order
from trading.operations.cancel_order import cancel_order
from trading.pages.order import drawer_context
from trading.queries.desk_orders import (
    COUNTED_ROWS,
    OrderFilter,
    count_orders_by_status,
    list_orders,
    order_row,
)

MOST_CANCELS = 500
STATUSES = ("OPEN", "DORMANT", "PENDING", "FILLED", "CANCELLED", "EXPIRED", "REJECTED")
TEMPLATE = "ops/trading/blotter.html"


def read_order_filter(query: QueryDict) -> OrderFilter:
    """The filter an address spells; a word that is no status or side takes everything."""
    status, side = query.get("status", ""), query.get("side", "")
    return OrderFilter(
        status=status if status in Order.Status.values else "",
        market=query.get("market", "")[:33],
        side=side if side in Order.Side.values else "",
        text=query.get("text", "").strip()[:100],
    )


def describe_counts(order_filter: OrderFilter) -> dict[str, str]:
    """The count beside each choice of status, as text; ``ALL`` is their sum."""
    counts, has_more = count_orders_by_status(order_filter)
    texts = {status: f"{counts.get(status, 0):,}" for status in STATUSES}
    total = min(sum(counts.values()), COUNTED_ROWS)
    return texts | {"ALL": f"{total:,}{'+' if has_more else ''}"}


@require_GET
@staff_page(permission="desk.read")
def show_blotter(request: HttpRequest) -> HttpResponse:
    """Orders, newest first; with ``order`` in the address the drawer of that one beside them."""
    if asks_for(request) == "drawer":
        return answer(request, TEMPLATE, drawer_context(request.GET.get("order", "")), parts=("drawer",))
    order_filter = read_order_filter(request.GET)
    page = read_keyset_page(
        list_orders(order_filter), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    ).map(order_row)
    counts = describe_counts(order_filter)
    context = {
        "filter": order_filter,
        "page": page,
        "statuses": [(status, counts[status]) for status in STATUSES],
        "total": counts["ALL"],
        "markets": list(Market.objects.order_by("symbol").values_list("symbol", flat=True)[:500]),
        "counted": f"{COUNTED_ROWS:,}",
        "has_more": counts["ALL"].endswith("+"),
    }
    if asks_for(request) != "list":
        context |= drawer_context(request.GET.get("order", ""))
    return answer(request, TEMPLATE, context, parts=("list",))


@require_POST
@staff_page(permission="order.cancel")
def cancel_chosen(request: HttpRequest) -> HttpResponse:
    """Ask the markets to cancel the chosen orders; each is its own operation, and what was refused is
    said.
    """
    asked, refused = 0, []
    at = clock.now()
    for text in request.POST.getlist("order")[:MOST_CANCELS]:
        try:
            cancel_order(order_id=UUID(text), actor=actor_of(request), at=at)
            asked += 1
        except Refusal as refusal:
            refused.append(f"…{text[-8:]} {refusal.code}")
        except ValueError:
            refused.append("an id that is none")
    if asked:
        messages.success(request, f"Asked to cancel {asked} order{'s' if asked != 1 else ''}.", "ok")
    if refused:
        said = ", ".join(refused[:5]) + (f" and {len(refused) - 5} more" if len(refused) > 5 else "")
        messages.error(request, f"Not cancelled: {said}.", "bad")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("ops:blotter")
    return HttpResponseRedirect(back)
