"""One withdrawal: where it stands, who agreed, the limits around it, and what may be done with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.actors import name_actors
from core import clock
from core.domain.decimals import CONTEXT
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.domain.withdrawing import BEFORE_SENT, ENDED_UNPAID, Utilisation
from settlement.models import Withdrawal
from settlement.operations.decide_withdrawal import release_withdrawal
from settlement.operations.end_withdrawal import fail_withdrawal, reject_withdrawal
from settlement.operations.send_withdrawal import retry_withdrawal
from settlement.queries.sending import expected_date
from settlement.queries.withdrawal_limits import list_utilisation
from settlement.queries.withdrawals import get_withdrawal, list_happenings, list_withdrawal_postings

Do = Callable[..., None]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with a withdrawal in one of ``statuses`` by who holds ``permission``."""

    title: str
    label: str
    effect: str
    permission: str
    statuses: tuple[str, ...]
    do: Do
    done: str


DEEDS: dict[str, Deed] = {
    "release": Deed(
        "Release", "Release from review", "It goes on to those who approve it by its value.", "withdrawal.review",
        ("IN_REVIEW",), release_withdrawal, "It goes on.",
    ),
    "reject": Deed(
        "Reject", "Reject it", "It ends unpaid and what it holds is the client's again.", "withdrawal.review",
        BEFORE_SENT, reject_withdrawal, "It is rejected.",
    ),
    "retry": Deed(
        "Send again", "Send it again", "The gateway is told again, under the same id.", "withdrawal.retry",
        ("ERRORED",), retry_withdrawal, "It is sent again within seconds.",
    ),
    "fail": Deed(
        "Give up", "Give it up", "It ends unpaid and what it holds is the client's again.", "withdrawal.retry",
        ("ERRORED",), fail_withdrawal, "It is given up.",
    ),
}  # fmt: skip


@require_GET
@staff_page(permission="withdrawal.read")
def show_withdrawal(request: HttpRequest, withdrawal_id: UUID) -> HttpResponse:
    """One withdrawal with its postings, and the forms for what may be done with it by who looks."""
    return _page(request, get_withdrawal(withdrawal_id=withdrawal_id))


def _door(deed: Deed) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=deed.permission, step_up=True)
    def door(request: HttpRequest, withdrawal_id: UUID, name: str) -> HttpResponse:
        withdrawal = get_withdrawal(withdrawal_id=withdrawal_id)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, withdrawal, refused=(name, form), status=422)
        try:
            _do(deed, withdrawal_id, form.cleaned_data["reason"], actor_of(request))
        except Refusal as refusal:
            form.add_error(None, refusal.detail or refusal.code)
            fresh = get_withdrawal(withdrawal_id=withdrawal_id)
            return _page(request, fresh, refused=(name, form), status=refusal.status)
        messages.success(request, deed.done, "ok")
        return HttpResponseRedirect(reverse("ops:withdrawal", args=[withdrawal_id]))

    return door


def _do(deed: Deed, withdrawal_id: UUID, reason: str, actor: Actor) -> None:
    deed.do(withdrawal_id=withdrawal_id, reason=reason, actor=actor, at=clock.now())


_DOORS = {name: _door(deed) for name, deed in DEEDS.items()}


@require_POST
def act_on_withdrawal(request: HttpRequest, withdrawal_id: UUID, deed: str) -> HttpResponseBase:
    """Do one deed; refused, the page comes back with the reason beside what was typed."""
    if deed not in _DOORS:
        raise Http404
    return _DOORS[deed](request, withdrawal_id, deed)


def _page(
    request: HttpRequest, withdrawal: Withdrawal, *, refused: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    name, form = refused or ("", None)
    deeds = [
        {"name": each, "deed": deed, "form": form if each == name else ReasonForm()}
        for each, deed in DEEDS.items()
        if withdrawal.status in deed.statuses and has_permission(request, deed.permission)
    ]
    # Done already by somebody else: the refusal is shown though the form is gone.
    lost = form.non_field_errors() if form is not None and all(each["name"] != name for each in deeds) else []
    context = {
        "withdrawal": withdrawal,
        "postings": list_withdrawal_postings(withdrawal),
        "limits": [_around(withdrawal, each) for each in list_utilisation(profile=withdrawal.profile, at=clock.now())],
        "expected": expected_date(withdrawal, clock.now()),
        "history": _history(withdrawal),
        "missing": max(0, withdrawal.approvals_required - withdrawal.approvals_given),
        "deeds": deeds,
        "refusals": lost,
    }
    return answer(request, "ops/settlement/withdrawal.html", context, status=status)


# What happened, as people say it.
WORDS = {
    "request": "Asked for",
    "screen": "Screened",
    "release": "Released from review",
    "ask": "Approval asked for",
    "approve": "Approved",
    "reject": "Rejected",
    "submit": "Handed to the gateway",
    "send": "Taken by the gateway",
    "err": "Errored",
    "know_unsent": "Known not to be sent",
    "retry": "To be sent again",
    "complete": "Paid",
    "return": "Sent back by the bank",
    "cancel": "Taken back",
    "fail": "Given up",
}


def _history(withdrawal: Withdrawal) -> list[dict[str, Any]]:
    found = list_happenings(withdrawal)
    names = name_actors(each.actor_id for each in found)
    return [
        {
            "happening": each,
            "words": WORDS.get(each.what, each.what.replace("_", " ").capitalize()),
            "who": "The house" if each.actor_kind == "SYSTEM" else names.get(str(each.actor_id), ""),
        }
        for each in found
    ]


def _around(withdrawal: Withdrawal, limit: Utilisation) -> dict[str, Any]:
    """A limit with what is used of it now, and what was without this withdrawal where it counts."""
    counts = withdrawal.status not in ENDED_UNPAID and limit.window != "PER_TRANSFER"
    without = replace(limit, used=CONTEXT.subtract(limit.used, withdrawal.value)) if counts else limit
    return {"now": limit, "before": without if without.used >= 0 else limit}
