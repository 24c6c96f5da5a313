"""On what terms a market is quoted: those in force, those that follow and were; the proposal of others, and the switch."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.approvals import list_pending_of_subject
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal, plain_text
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.pages.rails import tell_outcome
from settlement.pages.term_fields import MomentField, NumberField, ReasonField
from trading.models import Market, QuoteTerms
from trading.operations.change_quote_terms import (
    LONGEST_TTL_SECONDS,
    OBJECT_TYPE,
    QuoteTermsWish,
    change_quote_terms,
    newest_terms,
    said_spreads,
)
from trading.operations.stop_quotes import stop_quotes
from trading.queries.desk_quotes import list_market_terms
from trading.queries.markets import get_market_row
from trading.queries.quoting import terms_in_force, tiers_of

FIELD_OF_CODE = {"IN_FORCE_ALREADY": "in_force_from"}
MOST_SHOWN = 50


class SpreadsField(forms.CharField):
    """Tiers as ``0:20, 1:50``: from an amount on, so many basis points."""

    def to_python(self, value: Any) -> Any:
        """The tiers as (from amount, basis points)."""
        text = super().to_python(value) or ""
        try:
            pairs = [each.split(":") for each in text.replace(" ", "").split(",") if each]
            return [(parse_decimal(amount), parse_decimal(spread)) for amount, spread in pairs]
        except (NumberInvalid, ValueError):
            raise forms.ValidationError(
                "Tiers are written 0:20, 1:50: from 0 on 20 basis points, from 1 on 50."
            ) from None


class QuoteTermsForm(forms.Form):
    """All terms as they are to be, and the terms that they were made from."""

    source = forms.ChoiceField(label="Prices come from", choices=QuoteTerms.Source.choices)
    enabled = forms.BooleanField(label="Quotes are given", required=False)
    ttl_seconds = forms.IntegerField(label="Held for, seconds", min_value=1, max_value=LONGEST_TTL_SECONDS)
    max_amount = NumberField(label="Largest quote, base")
    exposure_cap = NumberField(label="Cap of the house, in the reporting asset")
    spreads = SpreadsField(
        label="Spread by size",
        max_length=300,
        help_text="From an amount on so many basis points, as 0:20, 1:50. The first from 0.",
    )
    in_force_from = MomentField()
    reason = ReasonField()
    made_from = forms.UUIDField(required=False, widget=forms.HiddenInput)


class StopForm(forms.Form):
    """Why no quote is to be given."""

    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms of the page ask for a reason.
        super().__init__(*args, **kwargs)
        self.auto_id = "id_stop_%s"


@require_GET
@staff_page(permission="desk.read")
def show_quote_terms(request: HttpRequest, symbol: str) -> HttpResponse:
    """One market's terms of quotes."""
    return _page(request, get_market_row(symbol=symbol))


@require_POST
@staff_page(permission="quote.change", step_up=True)
def ask_quote_terms(request: HttpRequest, symbol: str) -> HttpResponse:
    """Ask for other terms; refused, the page comes back with the reason."""
    market, form = get_market_row(symbol=symbol), QuoteTermsForm(request.POST)
    if not form.is_valid():
        return _page(request, market, change=form, status=422)
    said = dict(form.cleaned_data)
    reason = said.pop("reason")
    try:
        with transaction.atomic(durable=True):
            outcome = change_quote_terms(
                market_id=market.pk, wish=QuoteTermsWish(**said), reason=reason, actor=actor_of(request), at=clock.now()
            )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return _page(request, market, change=form, status=refusal.status)
    return tell_outcome(request, outcome.approval_id, reverse("ops:quote-terms", args=[symbol]))


@require_POST
@staff_page(permission="quote.withdraw", step_up=True)
def stop(request: HttpRequest, symbol: str) -> HttpResponse:
    """Stop quoting the market at once."""
    market, form = get_market_row(symbol=symbol), StopForm(request.POST)
    if not form.is_valid():
        return _page(request, market, stopping=form, status=422)
    withdrawn = stop_quotes(
        market_id=market.pk, reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
    )
    messages.success(request, f"{symbol} is not quoted any more; {withdrawn} open quotes were withdrawn.", "ok")
    return HttpResponseRedirect(reverse("ops:quote-terms", args=[symbol]))


def _page(
    request: HttpRequest,
    market: Market,
    *,
    change: QuoteTermsForm | None = None,
    stopping: StopForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    terms = terms_in_force(market.pk, at)
    may_stop = has_permission(request, "quote.withdraw") and terms is not None and terms.enabled
    context = {
        "market": market,
        "terms": terms,
        "tiers": tiers_of(terms) if terms else [],
        "state": "ON" if terms is not None and terms.enabled else "OFF",
        "rows": [_dated(each, terms.pk if terms else None, at) for each in list_market_terms(market)[:MOST_SHOWN]],
        "waiting": list(list_pending_of_subject(subject_type=OBJECT_TYPE, subject_id=str(market.pk))),
        "change": (change or QuoteTermsForm(initial=_initial(market)))
        if has_permission(request, "quote.change")
        else None,
        "stopping": (stopping or StopForm()) if may_stop else None,
    }
    return answer(request, "ops/trading/quote_terms.html", context, status=status)


def _dated(row: QuoteTerms, in_force: UUID | None, at: Any) -> dict[str, Any]:
    """A row with where it stands: to come, in force, or over."""
    state = "TO_COME" if row.in_force_from > at else "IN_FORCE" if row.pk == in_force else "OVER"
    spreads = sorted((each.from_amount, each.spread_bp) for each in row.spreads.all())
    return {"row": row, "state": state, "spreads": said_spreads(spreads).replace(",", ", ")}


def _initial(market: Market) -> dict[str, Any]:
    """As the newest in line: whoever proposes sees what would be taken back."""
    newest = newest_terms(market.pk)
    if newest is None:
        return {"source": "BOOK", "enabled": True, "ttl_seconds": 30, "spreads": "0:20", "exposure_cap": Decimal(0)}
    return {
        "source": newest.source,
        "enabled": newest.enabled,
        "ttl_seconds": newest.ttl_seconds,
        "max_amount": plain_text(newest.max_amount),
        "exposure_cap": plain_text(newest.exposure_cap),
        "spreads": said_spreads(tiers_of(newest)).replace(",", ", "),
        "made_from": newest.pk,
    }
