"""One order: as a page of its own and as the drawer beside the blotter."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from trading.operations.cancel_order import cancel_order
from trading.queries.desk_orders import parse_id
from trading.queries.order_detail import get_order_detail


def drawer_context(text: str) -> dict[str, Any]:
    """What the drawer shows for the id ``text``: the order, nothing for an empty text, or that there is
    none.
    """
    if not text:
        return {"detail": None, "is_missing": False}
    order_id = parse_id(text)
    try:
        detail = get_order_detail(order_id) if order_id else None
    except NotFound:
        detail = None
    return {"detail": detail, "is_missing": detail is None, "opened": text}


@require_GET
@staff_page(permission="desk.read")
def show_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """An order with its terms, timeline, fills, instructions and postings."""
    return answer(request, "ops/trading/order.html", {"detail": get_order_detail(order_id)}, parts=("object",))


@require_POST
@staff_page(permission="order.cancel")
def cancel_one(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Ask the market to cancel the order; the answer is its page, with what came of it."""
    try:
        cancel_order(order_id=order_id, actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, f"Not cancelled: {refusal.detail or refusal.code}", "bad")
    else:
        messages.success(request, "Asked to cancel this order; the market decides.", "ok")
    return HttpResponseRedirect(reverse("ops:order", args=[order_id]))
