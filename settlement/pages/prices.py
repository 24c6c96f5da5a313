"""What assets are valued at, and the form by which a person asks for a price where no market tells one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import Asset
from settlement.operations.enter_valuation_price import PriceWish, enter_valuation_price
from settlement.queries.valuation import list_newest_prices


class PriceForm(forms.Form):
    """What an asset is worth, and who says so."""

    asset = forms.ModelChoiceField(
        Asset.objects.exclude(code=settings.REPORTING_ASSET).filter(status="ACTIVE").order_by("code"),
        label="Asset",
        empty_label="Choose…",
        to_field_name="code",
    )
    price = forms.CharField(
        max_length=40,
        label=f"Price of one in {settings.REPORTING_ASSET}",
        help_text="A plain number with a point: 60000.50",
    )
    reason = forms.CharField(
        max_length=200, label="Source and reason", help_text="Stands in the record; no personal data."
    )

    def clean_price(self) -> Any:
        """The price, by the grammar of the whole house."""
        try:
            return parse_decimal(self.cleaned_data["price"].strip())
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error


@require_GET
@staff_page(permission="ledger.read")
def show_prices(request: HttpRequest) -> HttpResponse:
    """Each asset with its newest price, where it is from and whether it still counts."""
    at = clock.now()
    oldest = at - timedelta(hours=settings.PRICE_MAX_AGE_HOURS)
    rows = [
        {"asset": asset, "told": told, "counts": told is not None and told.event_at >= oldest}
        for asset, told in list_newest_prices(at)
    ]
    context = {
        "rows": rows,
        "currency": settings.REPORTING_ASSET,
        "hours": settings.PRICE_MAX_AGE_HOURS,
        "missing": sum(not row["counts"] for row in rows),
        "may_enter": has_permission(request, "price.enter"),
    }
    return answer(request, "ops/settlement/prices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="price.enter", step_up=True)
def enter_price(request: HttpRequest) -> HttpResponse:
    """The form; sent, others are asked, and what is refused stands beside its field."""
    form = PriceForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        if form.is_valid() and (done := _ask(request, form)):
            return done
        status = 422
    return answer(request, "ops/settlement/price_form.html", {"form": form}, status=status)


def _ask(request: HttpRequest, form: PriceForm) -> HttpResponse | None:
    said, at = form.cleaned_data, clock.now()
    wish = PriceWish(said["asset"].code, said["price"], at, said["reason"])
    try:
        outcome = enter_valuation_price(wish=wish, actor=actor_of(request), at=at)
    except Refusal as refusal:
        for fault in refusal.errors:
            name = fault.pointer.removeprefix("/")
            form.add_error(name if name in form.fields else None, fault.detail)
        if not refusal.errors:
            form.add_error(None, refusal.detail or refusal.code)
        return None
    words = "Asked for: somebody else has to approve it." if outcome.is_pending else "The price is written down."
    messages.success(request, words, "ok")
    return HttpResponseRedirect(reverse("ops:day-prices"))
