"""The kill switches: who is kept out, and the form that keeps somebody out at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from trading.models import KillSwitch, Market
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch
from trading.operations.release_kill_switch import release_kill_switch
from trading.queries.kill_switches import list_kill_switches, name_scopes

SHOWN = 100


@require_GET
@staff_page(permission="desk.read")
def show_kill_switches(request: HttpRequest) -> HttpResponse:
    """Engaged switches first, then the newest that were released."""
    return _page(request)


def _page(request: HttpRequest, *, refusal: Refusal | None = None, typed: Any = None) -> HttpResponse:
    engaged = list(list_kill_switches().filter(released_at__isnull=True).order_by("-engaged_at")[:SHOWN])
    released = list(list_kill_switches().filter(released_at__isnull=False).order_by("-released_at")[:SHOWN])
    names = name_scopes([*engaged, *released])
    context = {
        "title": "Kill switches",
        "engaged": [(switch, names[switch.pk]) for switch in engaged],
        "released": [(switch, names[switch.pk]) for switch in released],
        "scopes": KillSwitch.Scope.values,
        "reasons": KillSwitch.Reason.values,
        "may_engage": has_permission(request, "kill.engage"),
        "may_release": has_permission(request, "kill.release"),
        "refusal": refusal,
        "typed": typed or {},
    }
    status = refusal.status if refusal else 200
    return answer(request, "ops/trading/kill_switches.html", context, parts=("switches",), status=status)


@require_POST
@staff_page(permission="kill.engage", step_up=True)
def engage(request: HttpRequest) -> HttpResponse:
    """Engage a switch, at once."""
    said = {name: request.POST.get(name, "").strip()[:200] for name in ("scope", "scope_id", "reason", "note")}
    try:
        if not said["note"]:
            raise Refusal("REASON_MISSING", "Say why: the record keeps it.")
        terms = SwitchTerms(said["scope"], _scope_id(said["scope"], said["scope_id"]), said["reason"], said["note"])
        engage_kill_switch(terms=terms, actor=actor_of(request), at=clock.now())
    except NotFound:
        return _page(request, refusal=Refusal("REQUEST_INVALID", "There is nobody of this id.", status=422), typed=said)
    except Refusal as refusal:
        return _page(request, refusal=refusal, typed=said)
    messages.success(request, "The switch is engaged.", "ok")
    return HttpResponseRedirect(reverse("ops:kill-switches"))


def _scope_id(scope: str, text: str) -> UUID | None:
    """Whom it names: a market by its symbol, others by their id, the whole firm by nothing."""
    if scope == KillSwitch.Scope.FIRM:
        return None
    market = Market.objects.filter(symbol=text).first() if scope == KillSwitch.Scope.MARKET else None
    if market is not None:
        return market.pk
    try:
        return UUID(text)
    except ValueError as error:
        raise Refusal("REQUEST_INVALID", "A market's symbol, or the id of who is kept out.", status=422) from error


@require_POST
@staff_page(permission="kill.release", step_up=True)
def ask_release(request: HttpRequest, switch_id: UUID) -> HttpResponse:
    """Ask for a switch to be released."""
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        if not reason:
            raise Refusal("REASON_MISSING", "Say why: the record keeps it.")
        outcome = release_kill_switch(switch_id=switch_id, reason=reason, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    words = "Asked for: somebody else has to approve it." if outcome.is_pending else "The switch is released."
    messages.success(request, words, "ok")
    return HttpResponseRedirect(reverse("ops:kill-switches"))
