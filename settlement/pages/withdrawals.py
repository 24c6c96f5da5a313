"""Withdrawals: the queue by state, and what many of them are given at once: a release, a rejection, another try."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import KeysetPage, read_keyset_page
from settlement.models import Withdrawal
from settlement.pages.withdrawal import DEEDS, Deed
from settlement.queries.sending import expected_date
from settlement.queries.withdrawals import WAITING, count_waiting_withdrawals, get_withdrawal, list_withdrawals

MOST_AT_ONCE = 50
OPEN, ALL = "open", "all"
# Tab -> its word and the statuses in it. What is over is not counted: it grows for ever.
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    OPEN: ("Not ended", WAITING),
    "review": ("In review", ("IN_REVIEW",)),
    "approval": ("To be approved", ("AWAITING_APPROVAL",)),
    "approved": ("To be sent", ("APPROVED",)),
    "sent": ("Sent", ("SENT",)),
    "errored": ("Errored", ("ERRORED",)),
    "paid": ("Paid", ("COMPLETED", "RETURNED")),
    "unpaid": ("Ended unpaid", ("FAILED", "CANCELLED", "REJECTED")),
    ALL: ("All", ()),
}
# What may be done with many of a tab at once; approvals are decided where all approvals are.
DEEDS_OF_TAB = {
    "review": ("reject", "release"),
    "approval": ("reject",),
    "approved": ("reject",),
    "errored": ("fail", "retry"),
}
OF_MANY = ("release", "reject", "retry", "fail")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one withdrawal of many."""

    withdrawal_id: str
    reference: str
    status: str
    words: str
    is_done: bool


@require_GET
@staff_page(permission="withdrawal.read")
def show_withdrawals(request: HttpRequest) -> HttpResponse:
    """One tab of the queue, newest first; a status in the search narrows to it."""
    return _answer(request, request.GET.get("tab", ""))


def _door(name: str, deed: Deed) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=deed.permission, step_up=True)
    def door(request: HttpRequest) -> HttpResponse:
        chosen = list(dict.fromkeys(request.POST.getlist("withdrawal")))
        tab = request.POST.get("tab", "")
        back = f"{reverse('ops:withdrawals')}?{urlencode({'tab': tab if tab in TABS else OPEN})}"
        reason = request.POST.get("reason", "").strip()[:500]
        fault = _fault(chosen, reason)
        if fault:
            messages.error(request, fault, "bad")
            return HttpResponseRedirect(back)
        results = [_do_one(request, deed, each, reason) for each in chosen]
        if all(result.is_done for result in results):
            count = len(results)
            messages.success(request, f"{deed.label}: {count} withdrawal{'' if count == 1 else 's'}.", "ok")
            return HttpResponseRedirect(back)
        return _answer(request, tab, results=results, status=409)

    return door


def _fault(chosen: list[str], reason: str) -> str:
    """Why nothing is done at all; empty where it is begun."""
    if not chosen:
        return "Choose withdrawals first."
    if len(chosen) > MOST_AT_ONCE:
        return f"At most {MOST_AT_ONCE} at once: nothing was done."
    return "" if reason else "Say why: nothing was done."


def _do_one(request: HttpRequest, deed: Deed, text: str, reason: str) -> Result:
    """One of them, in a transaction of its own."""
    try:
        withdrawal = get_withdrawal(withdrawal_id=UUID(text))
    except (ValueError, NotFound):
        return Result(text, "An id that is none", "", "There is no such withdrawal.", is_done=False)
    try:
        with transaction.atomic(durable=True):
            deed.do(withdrawal_id=withdrawal.pk, reason=reason, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        words = f"{refusal.detail} ({refusal.code})"
        return Result(text, withdrawal.client_reference, "", words, is_done=False)
    status = get_withdrawal(withdrawal_id=withdrawal.pk).status
    return Result(text, withdrawal.client_reference, status, deed.done, is_done=True)


_DOORS = {name: _door(name, DEEDS[name]) for name in OF_MANY}


@require_POST
def act_on_many(request: HttpRequest, deed: str) -> HttpResponseBase:
    """Do one deed with each chosen withdrawal; what was refused is listed with its code and stays chosen."""
    if deed not in _DOORS:
        raise Http404
    return _DOORS[deed](request)


def _answer(request: HttpRequest, tab: str, *, results: list[Result] | None = None, status: int = 200) -> HttpResponse:
    text = request.GET.get("text", "").strip()[:100]
    tab = tab if tab in TABS else (ALL if text else OPEN)
    page = _read_page(request, tab, text)
    counts = count_waiting_withdrawals()
    waiting = sum(counts.values())
    kept = {result.withdrawal_id for result in results or () if not result.is_done}
    deeds = [
        {"name": name, "deed": DEEDS[name]}
        for name in DEEDS_OF_TAB.get(tab, ())
        if has_permission(request, DEEDS[name].permission)
    ]
    at = clock.now()
    context = {
        "tab": tab,
        "tabs": [_tab(key, counts) for key in TABS],
        "context_line": f"What clients want out; {waiting or 'nothing'} not ended yet",
        "text": text,
        "page": page,
        "rows": [_row(each, kept, at) for each in page.rows],
        "deeds": deeds,
        "most": MOST_AT_ONCE,
        "results": results,
    }
    return answer(request, "ops/settlement/withdrawals.html", context, parts=("list",), status=status)


def _tab(key: str, counts: dict[str, int]) -> dict[str, Any]:
    word, statuses = TABS[key]
    is_counted = bool(statuses) and set(statuses) <= set(WAITING)
    return {"tab": key, "word": word, "count": sum(counts.get(each, 0) for each in statuses) if is_counted else None}


def _read_page(request: HttpRequest, tab: str, text: str) -> KeysetPage[Withdrawal]:
    status, statuses = text.upper().replace(" ", "_"), TABS[tab][1]
    rows = (
        list_withdrawals().filter(status=status) if status in Withdrawal.Status.values else list_withdrawals(text=text)
    )
    if statuses:
        rows = rows.filter(status__in=statuses)
    return read_keyset_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))


def _row(withdrawal: Withdrawal, kept: set[str], at: Any) -> dict[str, Any]:
    """A row as it is shown; ``why_not`` says why it cannot be chosen."""
    why_not = ""
    if withdrawal.outcome_unknown:
        why_not = "Nobody knows yet what became of it"
    elif withdrawal.status == "IN_REVIEW" and withdrawal.screening == "PENDING":
        why_not = "The screening has not answered yet"
    return {
        "withdrawal": withdrawal,
        "expected": expected_date(withdrawal, at),
        "why_not": why_not,
        "is_chosen": str(withdrawal.pk) in kept,
    }
