"""The house's quotes: what is open and what became of others, what the house is exposed to; one quote, and its withdrawal."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.pages.term_fields import ReasonField
from trading.models import Quote
from trading.operations.withdraw_quote import withdraw_quote
from trading.queries.desk_quotes import (
    QuoteFilter,
    execution_of,
    get_desk_quote,
    list_quoted_markets,
    list_quotes,
    quote_row,
)
from trading.queries.house_position import list_house_positions


class WithdrawForm(forms.Form):
    """Why the price is no longer held."""

    reason = ReasonField()


@require_GET
@staff_page(permission="desk.read")
def show_quotes(request: HttpRequest) -> HttpResponse:
    """Quotes, newest first; beside them what the house has of each asset, and on what terms each market is quoted."""
    at, status = clock.now(), request.GET.get("status", "")
    chosen = QuoteFilter(
        market=request.GET.get("market", "")[:33],
        status=status if status in Quote.Status.values else "",
        text=request.GET.get("text", "").strip()[:100],
    )
    found = read_keyset_page(
        list_quotes(chosen), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "filter": chosen,
        "statuses": Quote.Status.values,
        "page": found.map(lambda quote: quote_row(quote, at)),
        "positions": list_house_positions(at),
        "markets": list_quoted_markets(at),
    }
    return answer(request, "ops/trading/quotes.html", context, parts=("list",))


@require_GET
@staff_page(permission="desk.read")
def show_quote(request: HttpRequest, quote_id: UUID) -> HttpResponse:
    """One quote: what it says, where it comes from, what became of it."""
    return _page(request, get_desk_quote(quote_id))


@require_POST
@staff_page(permission="quote.withdraw")
def withdraw(request: HttpRequest, quote_id: UUID) -> HttpResponse:
    """Withdraw it at once; refused, the page comes back with the reason."""
    quote, form = get_desk_quote(quote_id), WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, quote, form=form, status=422)
    try:
        withdraw_quote(quote_id=quote_id, reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, get_desk_quote(quote_id), form=form, status=refusal.status)
    messages.success(request, "The quote is withdrawn.", "ok")
    return HttpResponseRedirect(reverse("ops:quote", args=[quote_id]))


def _page(request: HttpRequest, quote: Quote, *, form: WithdrawForm | None = None, status: int = 200) -> HttpResponse:
    state = quote.status_at(clock.now())
    may_withdraw = has_permission(request, "quote.withdraw") and state == Quote.Status.ACTIVE
    context = {
        "quote": quote,
        "state": state,
        "execution": execution_of(quote),
        "form": (form or WithdrawForm()) if may_withdraw or form else None,
    }
    return answer(request, "ops/trading/quote.html", context, status=status)
