"""Business days: how far each is, what its gates say, and the two signatures that close it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.queries.actors import name_actors
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import BusinessDay
from settlement.operations.sign_day import RECONCILIATION, SIGN_OFF, sign_day
from settlement.pages.days_said import read_day
from settlement.queries.days import (
    count_snapshots,
    get_day,
    list_days,
    list_not_reconciled,
    list_runs_of_day,
    list_snapshot_totals,
)

MOST_DAYS = 100


class NoteForm(forms.Form):
    """What the signer says."""

    note = forms.CharField(
        max_length=200, label="What was looked at", help_text="Stands in the record; no personal data."
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that people sign: who may, and what it says."""

    name: str
    title: str
    label: str
    effect: str
    permission: str


GATES = {
    RECONCILIATION: Gate(
        RECONCILIATION, "Reconciliation", "Sign the reconciliation",
        "Every account outside was compared, and each difference is a break that somebody works on.", "day.sign",
    ),
    SIGN_OFF: Gate(
        SIGN_OFF, "Sign-off", "Sign off and close", "The day is closed, for ever. Another person than who signed before.",
        "day.approve",
    ),
}  # fmt: skip
TITLES = {"snapshots": "Balance snapshots"} | {name: gate.title for name, gate in GATES.items()}


@require_GET
@staff_page(permission="ledger.read")
def show_days(request: HttpRequest) -> HttpResponse:
    """The newest days with their gates, and those that wait for a person first."""
    days = list(list_days().order_by("-business_date")[:MOST_DAYS])
    names = name_actors([each for day in days for each in (day.prepared_by, day.signed_off_by)])
    rows = [
        {
            "day": day,
            "prepared": names.get(str(day.prepared_by), ""),
            "signed_off": names.get(str(day.signed_off_by), ""),
            "address": reverse("ops:day-one", args=[day.business_date.isoformat()]),
        }
        for day in days
    ]
    waiting = sum(day.status == BusinessDay.Status.CLOSING for day in days)
    return answer(request, "ops/settlement/days.html", {"rows": rows, "waiting": waiting})


@require_GET
@staff_page(permission="ledger.read")
def show_day(request: HttpRequest, day: str) -> HttpResponse:
    """One day: its gates, the snapshots per asset and what was compared."""
    return _page(request, _day(day))


@require_POST
def sign_gate(request: HttpRequest, day: str, gate: str) -> HttpResponseBase:
    """Sign a gate; refused, the page comes back with the reason beside what was typed."""
    if gate not in _DOORS:
        raise Http404
    return _DOORS[gate](request, day)


def _door(gate: Gate) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=gate.permission, step_up=True)
    def door(request: HttpRequest, day: str) -> HttpResponse:
        found, form = _day(day), NoteForm(request.POST)
        if not form.is_valid():
            return _page(request, found, refused=(gate.name, form), status=422)
        try:
            sign_day(
                business_date=found.business_date,
                gate=gate.name,
                note=form.cleaned_data["note"],
                actor=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.detail or refusal.code)
            return _page(request, _day(day), refused=(gate.name, form), status=refusal.status)
        messages.success(request, "The day is closed." if gate.name == SIGN_OFF else "Signed.", "ok")
        return HttpResponseRedirect(reverse("ops:day-one", args=[day]))

    return door


_DOORS = {name: _door(gate) for name, gate in GATES.items()}


def _day(text: str) -> BusinessDay:
    found: date | None = read_day(text)[0]
    if found is None or found.isoformat() != text:
        raise Http404
    return get_day(found)


def _page(
    request: HttpRequest, day: BusinessDay, *, refused: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    name, form = refused or ("", None)
    signers = name_actors([day.prepared_by, day.signed_off_by])
    gates = [
        {
            "name": gate,
            "title": TITLES[gate],
            "passed": passed,
            "who": signers.get(str(passed["by"]), "The house") if passed else "",
        }
        for gate in BusinessDay.GATES
        for passed in [day.gates.get(gate)]
    ]
    next_gate = _next_gate(day)
    signs = next_gate is not None and has_permission(request, GATES[next_gate].permission)
    lost = form.non_field_errors() if form is not None and name != next_gate else []
    context: dict[str, Any] = {
        "day": day,
        "gates": gates,
        "next": GATES[next_gate] if next_gate and signs else None,
        "form": form if form is not None and name == next_gate else NoteForm(),
        "refusals": lost,
        "snapshots": count_snapshots(day.business_date),
        "totals": list_snapshot_totals(day.business_date),
        "missing": list_not_reconciled(day.business_date) if next_gate == RECONCILIATION else [],
        "runs": list(list_runs_of_day(day.business_date)),
    }
    return answer(request, "ops/settlement/day.html", context, status=status)


def _next_gate(day: BusinessDay) -> str | None:
    if day.status != BusinessDay.Status.CLOSING or "snapshots" not in day.gates:
        return None
    return SIGN_OFF if RECONCILIATION in day.gates else RECONCILIATION
