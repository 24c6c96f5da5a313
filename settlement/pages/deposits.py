"""The funding queue: deposits by where they stand and why they wait, and one deed done with many of them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from core.domain.decimals import CONTEXT
from core.domain.refusals import NotFound, Refusal
from core.domain.tones import word_of
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.models import Deposit
from settlement.pages.deposit_deeds import DEEDS, OF_MANY, UNATTRIBUTED
from settlement.queries.deposit_queue import QueueFilter, count_queue, list_queue, list_queue_assets
from settlement.queries.deposits import get_deposit, list_profile_choices

MOST_AT_ONCE = 50
TEMPLATE = "ops/settlement/deposits.html"
REVIEW = Deposit.Status.UNDER_REVIEW


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one deposit of a bulk deed; ``asset`` and ``amount`` are of what it was done with."""

    deposit_id: str
    reference: str
    words: str
    is_done: bool
    status: str = ""
    asset: str = ""
    amount: Decimal = Decimal(0)


@require_GET
@staff_page(permission="deposit.read")
def show_deposits(request: HttpRequest) -> HttpResponse:
    """One tab of the queue, newest first."""
    return _answer(request)


def read_filter(request: HttpRequest) -> QueueFilter:
    """What the address narrows the queue to; a word that there is none of narrows nothing."""

    def one_of(name: str, words: list[str]) -> str:
        word = request.GET.get(name, "")
        return word if word in words else ""

    reason = one_of("reason", Deposit.ReviewReason.values)
    return QueueFilter(
        status=REVIEW if reason else one_of("status", Deposit.Status.values),
        reason=reason,
        asset=request.GET.get("asset", "")[:16],
        source=one_of("source", Deposit.Source.values),
        text=request.GET.get("text", "").strip()[:100],
        is_recalled=request.GET.get("recalled") == "1",
    )


def _door(name: str) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=DEEDS[name].permission, step_up=True)
    def door(request: HttpRequest) -> HttpResponse:
        return _do_many(request, name)

    return door


def _way_back(name: str) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=DEEDS[name].permission)
    def way_back(request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(_queue(request))

    return way_back


_DOORS = {name: {"POST": _door(name), "GET": _way_back(name)} for name in OF_MANY}


@require_http_methods(["GET", "POST"])
def act_on_deposits(request: HttpRequest, deed: str) -> HttpResponseBase:
    """Do one deed with the chosen deposits, each as its own operation and transaction.

    What was refused is listed with its code and stays chosen. A GET, of a link on the answer, leads back to the queue.
    """
    if deed not in _DOORS:
        raise Http404
    return _DOORS[deed][request.method or ""](request)


def _queue(request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return reverse("ops:deposits") + (f"?{query}" if query else "")


def _do_many(request: HttpRequest, name: str) -> HttpResponse:
    chosen, form = list(dict.fromkeys(request.POST.getlist("deposit"))), DEEDS[name].form(request.POST)
    if not chosen:
        messages.error(request, "Choose deposits first.", "warn")
        return HttpResponseRedirect(_queue(request))
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"At most {MOST_AT_ONCE} are done at once: nothing was done.", "bad")
        return HttpResponseRedirect(_queue(request))
    if not form.is_valid():
        return _answer(request, form=form, kept=chosen, status=422)
    results = [_do_one(request, name, each, form.cleaned_data) for each in chosen]
    if all(result.is_done for result in results):
        messages.success(request, f"{DEEDS[name].done}: {_told(results)}.", "ok")
        return HttpResponseRedirect(_queue(request))
    kept = [result.deposit_id for result in results if not result.is_done]
    return _answer(request, form=form, kept=kept, results=results, status=409)


def _do_one(request: HttpRequest, name: str, text: str, said: dict[str, Any]) -> Result:
    try:
        deposit = get_deposit(deposit_id=UUID(text))
    except (ValueError, NotFound):
        return Result(text, "An id that is none", "There is no such deposit.", is_done=False)
    reference = deposit.outside_reference
    try:
        if not DEEDS[name].fits(deposit):
            detail = f"One that is {deposit.status} for {deposit.review_reason or 'nothing'} is not meant."
            raise Refusal("STATE_CHANGED", detail, status=409)
        DEEDS[name].do(deposit.pk, said, actor_of(request))
    except Refusal as refusal:
        return Result(text, reference, f"{refusal.detail} ({refusal.code})", is_done=False, status=deposit.status)
    now_ = get_deposit(deposit_id=deposit.pk)
    words = word_of(now_.review_reason) if now_.status == REVIEW else ""
    return Result(text, reference, words, True, now_.status, now_.omnibus.asset.code, now_.amount)


def _is_offered(name: str, chosen: QueueFilter) -> bool:
    """Whether the tab has rows that the deed may fit."""
    if chosen.status != REVIEW:
        return False
    if name == "attribute":
        return chosen.reason == UNATTRIBUTED
    return name != "release" or chosen.reason != UNATTRIBUTED


def _told(results: list[Result]) -> str:
    """How many, and how much of each asset."""
    totals: dict[str, Decimal] = {}
    for result in results:
        if result.is_done:
            totals[result.asset] = CONTEXT.add(totals.get(result.asset, Decimal(0)), result.amount)
    sums = ", ".join(f"{format(total.normalize(), 'f')} {asset}" for asset, total in sorted(totals.items()))
    number = sum(result.is_done for result in results)
    return f"{number} deposit{'' if number == 1 else 's'}" + (f", {sums}" if sums else "")


def _answer(
    request: HttpRequest,
    *,
    form: forms.Form | None = None,
    kept: list[str] | None = None,
    results: list[Result] | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen, counts = read_filter(request), count_queue()
    page = read_keyset_page(
        list_queue(chosen), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    deeds = [
        {"name": name, "deed": DEEDS[name]}
        for name in OF_MANY
        if _is_offered(name, chosen) and has_permission(request, DEEDS[name].permission)
    ]
    waiting = counts.statuses.get("UNDER_REVIEW", 0) + counts.statuses.get("RETURNING", 0)
    context = {
        "chosen": chosen,
        "context_line": f"What came in for clients; {waiting or 'nothing'} under review or on its way back",
        "recalled": counts.recalled,
        "refused": counts.refused,
        "tabs": [("", None), *((each, counts.statuses.get(each)) for each in Deposit.Status.values)],
        "reasons": [("", counts.statuses.get("UNDER_REVIEW", 0))]
        + [(each, counts.reasons.get(each, 0)) for each in Deposit.ReviewReason.values],
        "assets": list_queue_assets(),
        "sources": Deposit.Source.values,
        "page": page,
        "deeds": deeds,
        "profiles": list_profile_choices() if any(each["name"] == "attribute" for each in deeds) else [],
        "form": form,
        "kept": kept or [],
        "results": results,
        "done": _told(results) if results else "",
        "most": MOST_AT_ONCE,
    }
    return answer(request, TEMPLATE, context, parts=("list",), status=status)
