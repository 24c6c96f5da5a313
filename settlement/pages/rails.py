"""Rails: what each asks for and costs now, what follows, how it came about; the proposal of other terms, and the switch."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import KeysetPage
from settlement.calendar import CALENDARS
from settlement.models import Rail, RailChange
from settlement.operations.change_rail import MOST_CONFIRMATIONS, RailWish, change_rail, switch_rail_off
from settlement.pages.term_fields import FollowsField, MadeFromField, MomentField, NumberField, ReasonField
from settlement.queries.rails import get_rail, list_rail_changes, list_rails, list_withdrawal_fees
from settlement.queries.sending import rail_sends_on
from settlement.queries.terms_in_line import line_at

_DIGITS = ("rail.asset.scale", "rail.asset.payment_scale")
COLUMNS = (
    Column("name", "Rail", link="address"),
    Column("rail.gateway", "Gateway"),
    Column("rail.withdrawal_fee", "Fee of a withdrawal", "money", *_DIGITS, unit="rail.asset.code"),
    Column("rail.min_withdrawal", "Least withdrawal", "money", *_DIGITS, unit="rail.asset.code"),
    Column("rail.min_deposit", "Least deposit", "money", *_DIGITS, unit="rail.asset.code"),
    Column("rail.confirmations", "Confirmations", "count"),
    Column("cut_off", "Cut-off (UTC)"),
    Column("sends_on", "Ready now leaves on", "day"),
    Column("state", "State", "chip", noun="rail"),
)
FIELD_OF_CODE = {
    "RAIL_INVALID": "confirmations",
    "IN_FORCE_ALREADY": "in_force_from",
    "TERMS_IN_LINE": "what_follows",
}
MOST_SHOWN = 100


class RailForm(forms.Form):
    """All terms as they are to be."""

    fee = NumberField(label="Fee of a withdrawal")
    min_withdrawal = NumberField(label="Least withdrawal, net")
    min_deposit = NumberField(label="Least deposit")
    confirmations = forms.IntegerField(label="Confirmations of a deposit", min_value=0, max_value=MOST_CONFIRMATIONS)
    cut_off = forms.TimeField(
        label="Cut-off (UTC)",
        required=False,
        input_formats=["%H:%M"],
        help_text="As 16:30. Empty: none; the day ends at midnight.",
        widget=forms.TextInput,
    )
    enabled = forms.BooleanField(label="Carries value", required=False)
    in_force_from = MomentField()
    what_follows = FollowsField()
    reason = ReasonField()
    made_from = MadeFromField()


class SwitchForm(forms.Form):
    """Why nothing is to leave or come over it."""

    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms of the page ask for a reason.
        super().__init__(*args, **kwargs)
        self.auto_id = "id_off_%s"


@require_GET
@staff_page(permission="limit.read")
def show_rails(request: HttpRequest) -> HttpResponse:
    """All rails with what is in force."""
    at = clock.now()
    rows = [_row(rail, at) for rail in list_rails(at=at).order_by("asset__code", "network")]
    context = {
        "title": "Rails",
        "context_line": "How value comes and leaves, what it costs and when it goes",
        "columns": COLUMNS,
        "page": KeysetPage(rows, None, None),
        "search": None,
        "empty": "No rail is open yet.",
        "actions": [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(rail: Rail, at: Any) -> dict[str, Any]:
    return {
        "rail": rail,
        "name": f"{rail.asset.code} by {rail.network}",
        "cut_off": rail.cut_off.strftime("%H:%M") if rail.cut_off else "none",
        "sends_on": rail_sends_on(rail, at) if rail.enabled else None,
        "state": "ON" if rail.enabled else "OFF",
        "address": reverse("ops:rail", args=[rail.pk]),
    }


@require_GET
@staff_page(permission="limit.read")
def show_rail(request: HttpRequest, rail_id: UUID) -> HttpResponse:
    """One rail: its terms in force, those that follow, those that were, and the forms."""
    return _page(request, get_rail(rail_id=rail_id))


@require_POST
@staff_page(permission="limit.change", step_up=True)
def ask_rail_change(request: HttpRequest, rail_id: UUID) -> HttpResponse:
    """Ask for other terms; refused, the page comes back with the reason."""
    rail = get_rail(rail_id=rail_id)
    form = RailForm(request.POST)
    if not form.is_valid():
        return _page(request, rail, change=form, status=422)
    said = dict(form.cleaned_data)
    reason = said.pop("reason")
    try:
        with transaction.atomic(durable=True):
            outcome = change_rail(
                rail_id=rail_id, wish=RailWish(**said), reason=reason, actor=actor_of(request), at=clock.now()
            )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return _page(request, rail, change=form, status=refusal.status)
    return tell_outcome(request, outcome.approval_id, reverse("ops:rail", args=[rail_id]))


def tell_outcome(request: HttpRequest, approval_id: UUID | None, done: str) -> HttpResponse:
    """Lead to the request that waits, or to ``done`` where the policy asks nobody."""
    if approval_id is None:
        messages.success(request, "It is done.", "ok")
        return HttpResponseRedirect(done)
    messages.success(request, "Asked for: somebody else has to approve it.", "ok")
    may_read = has_permission(request, "approval.read")
    return HttpResponseRedirect(reverse("ops:approval", args=[approval_id]) if may_read else done)


@require_POST
@staff_page(permission="limit.change", step_up=True)
def switch_off(request: HttpRequest, rail_id: UUID) -> HttpResponse:
    """Switch it off at once."""
    rail = get_rail(rail_id=rail_id)
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return _page(request, rail, switch=form, status=422)
    with transaction.atomic(durable=True):
        switch_rail_off(rail_id=rail_id, reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now())
    messages.success(request, "It is off: nothing is accepted or sent over it.", "ok")
    return HttpResponseRedirect(reverse("ops:rail", args=[rail_id]))


def _page(
    request: HttpRequest,
    rail: Rail,
    *,
    change: RailForm | None = None,
    switch: SwitchForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at, may_change = clock.now(), has_permission(request, "limit.change")
    fee, line = rail.fee_at(at), line_at(rail.changes.all(), at)
    start = line.before if request.GET.get("from") == "force" else line.newest
    blank = RailForm(initial=_initial(rail, start) | {"made_from": line.newest and line.newest.pk})
    context = {
        "rail": rail,
        "state": "ON" if rail.enabled else "OFF",
        "fee": fee,
        "calendar": CALENDARS[rail.asset.calendar].title,
        "sends_on": rail_sends_on(rail, at),
        "changes": [_dated(each, rail.change_id, at) for each in list_rail_changes(rail)[:MOST_SHOWN]],
        "fees": [_dated(each, fee.pk if fee else None, at) for each in list_withdrawal_fees(rail)[:MOST_SHOWN]],
        "change": (change or blank) if may_change else None,
        "start": start if line.later and change is None else None,
        "is_planned": start != line.before,
        "switch": (switch or SwitchForm()) if may_change and rail.enabled else None,
    }
    return answer(request, "ops/settlement/rail.html", context, status=status)


def _dated(row: Any, in_force: UUID | None, at: Any) -> dict[str, Any]:
    """A row with where it stands: to come, in force, over, or fallen away."""
    state = "TO_COME" if row.in_force_from > at else "IN_FORCE" if row.pk == in_force else "OVER"
    return {"row": row, "state": "SUPERSEDED" if hasattr(row, "superseded") else state}


def _initial(rail: Rail, start: RailChange | None) -> dict[str, Any]:
    """What the form begins with: the terms of ``start``, with the fee of its moment."""
    terms: Rail | RailChange = start or rail
    fee = rail.fee_at(start.in_force_from if start else clock.now())
    return {
        "fee": "" if fee is None else plain_text(fee.fee),
        "min_withdrawal": plain_text(terms.min_withdrawal),
        "min_deposit": plain_text(terms.min_deposit),
        "confirmations": terms.confirmations,
        "cut_off": terms.cut_off.strftime("%H:%M") if terms.cut_off else "",
        "enabled": terms.enabled,
    }
