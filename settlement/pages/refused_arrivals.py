"""What a bank or chain told that could not be booked: somebody has to look, and says so."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.actors import name_actors
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.models import ArrivalRefusal
from settlement.operations.look_at_refused_arrival import look_at_refused_arrival
from settlement.queries.deposit_places import list_refused_arrivals

PERMISSION = "deposit.attribute"
MOST_AT_ONCE = 50
TEMPLATE = "ops/settlement/refused_arrivals.html"


class LookForm(forms.Form):
    """What came of it."""

    reason = forms.CharField(max_length=500, label="What came of it")


@require_GET
@staff_page(permission="deposit.read")
def show_refused_arrivals(request: HttpRequest) -> HttpResponse:
    """Those that nobody has looked at, newest first; with ``all`` every one, and who has looked."""
    return _page(request)


@require_POST
@staff_page(permission=PERMISSION)
def look_at_refused_arrivals(request: HttpRequest) -> HttpResponse:
    """The chosen ones were looked at, for one reason; looked at before, they stay as they are."""
    form, chosen = LookForm(request.POST), list(dict.fromkeys(request.POST.getlist("refusal")))
    if not chosen or len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"Choose 1 to {MOST_AT_ONCE} notices first.", "warn")
        return HttpResponseRedirect(reverse("ops:deposits-refused"))
    if not form.is_valid():
        return _page(request, form=form, kept=chosen, status=422)
    looked = 0
    try:
        for each in chosen:
            looked += look_at_refused_arrival(
                refusal_id=UUID(each), reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
            )
    except (ValueError, Refusal) as error:
        form.add_error(None, "There is no such notice." if isinstance(error, ValueError) else error.detail)
        return _page(request, form=form, kept=chosen, status=422)
    messages.success(request, f"Looked at: {looked} notice{'' if looked == 1 else 's'}.", "ok")
    return HttpResponseRedirect(reverse("ops:deposits-refused"))


def _page(
    request: HttpRequest, *, form: LookForm | None = None, kept: list[str] | None = None, status: int = 200
) -> HttpResponse:
    is_every = request.GET.get("all") == "1"
    page = read_keyset_page(
        list_refused_arrivals(is_every=is_every),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    looks = [each.look for each in page.rows if hasattr(each, "look")]
    names = name_actors([each.looked_by for each in looks])

    def row(refused: ArrivalRefusal) -> dict[str, Any]:
        look = getattr(refused, "look", None)
        return {"notice": refused, "look": look, "who": names.get(str(look.looked_by), "") if look else ""}

    context = {
        "page": page.map(row),
        "is_every": is_every,
        "form": form,
        "kept": kept or [],
        "may_look": not is_every and has_permission(request, PERMISSION),
    }
    return answer(request, TEMPLATE, context, parts=("list",), status=status)
