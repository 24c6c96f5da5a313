"""What trading costs: schedules and who trades under which, what is proposed, and what other rates would have cost."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Entity
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.calendar import business_date_of
from settlement.pages.rails import tell_outcome
from settlement.pages.term_fields import MomentField, ReasonField
from settlement.queries.deposits import find_open_profiles, list_profile_choices
from trading.domain.fee_terms import MOST_TIERS, TierTerms
from trading.models import FeeSchedule, Market
from trading.operations.assign_fees import AssignmentTerms, assign_fees
from trading.operations.change_fee_schedule import MOST_FEE_SCALE, ScheduleTerms, change_fee_schedule
from trading.queries.fees import (
    SimulatedFees,
    list_assignments_in_line,
    list_newest_schedules,
    list_schedules_in_line,
    simulate_fees,
)

SIMULATED_DAYS = 7
FIELD_OF_CODE = {"FEES_INVALID": "tiers", "IN_FORCE_ALREADY": "in_force_from"}


class TiersField(forms.CharField):
    """One tier a line: from which volume, maker rate, taker rate."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Tiers",
            max_length=2_000,
            help_text="One a line: from which 30-day volume, maker rate, taker rate, as 0 0.001 0.002 (0.1 % and 0.2 %).",
            **options,
        )

    def to_python(self, value: Any) -> Any:
        """The tiers as they are written; whether they can be is the operation's to say."""
        lines = [line.split() for line in str(super().to_python(value)).splitlines() if line.strip()]
        if len(lines) > MOST_TIERS or any(len(words) != 3 for words in lines):
            raise forms.ValidationError(f"Up to {MOST_TIERS} lines of three numbers.")
        try:
            return [TierTerms(*(Decimal(word) for word in words)) for words in lines]
        except InvalidOperation:
            raise forms.ValidationError("Numbers are written 0.001.") from None


class ScheduleForm(forms.Form):
    """A version of a schedule, drawn up from the newest."""

    name = forms.CharField(max_length=64, label="Schedule", help_text="A new name makes a new schedule.")
    fee_scale = forms.IntegerField(
        min_value=0, max_value=MOST_FEE_SCALE, label="Digits", help_text="At which fees are rounded up, once an order."
    )
    tiers = TiersField()
    in_force_from = MomentField()
    reason = ReasonField()
    replaces = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AssignmentForm(forms.Form):
    """A schedule for one entity or profile."""

    scope = forms.ChoiceField(label="Of", choices=(("ENTITY", "One entity"), ("PROFILE", "One profile")))
    whom = forms.CharField(max_length=100, label="Entity or profile", help_text="Its reference, or its id.")
    market = forms.ChoiceField(label="Market", required=False)
    schedule = forms.ChoiceField(label="Schedule", required=False)
    in_force_from = MomentField()
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        symbols = Market.objects.order_by("symbol").values_list("symbol", flat=True)
        names = FeeSchedule.objects.order_by("name").values_list("name", flat=True).distinct()
        self.fields["market"].choices = [("", "All markets"), *((each, each) for each in symbols)]  # type: ignore[attr-defined]
        self.fields["schedule"].choices = [  # type: ignore[attr-defined]
            ("", "As everybody"),
            *((each, each) for each in names),
        ]
        self.fields["whom"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def terms(self) -> AssignmentTerms:
        """What was proposed. Refuses (``NotFound``) whom nobody or several answer to."""
        said = self.cleaned_data
        is_entity, text = said["scope"] == "ENTITY", said["whom"].strip()
        found: list[Any] = _entities(text) if is_entity else list(find_open_profiles(text))
        if len(found) != 1:
            raise NotFound("entity" if is_entity else "profile")
        market = Market.objects.get(symbol=said["market"]) if said["market"] else None
        return AssignmentTerms(
            entity_id=found[0].pk if is_entity else None,
            profile_id=None if is_entity else found[0].pk,
            market_id=market.pk if market else None,
            schedule_name=said["schedule"],
            in_force_from=said["in_force_from"],
        )


def _entities(text: str) -> list[Entity]:
    by_reference = list(Entity.objects.filter(reference=text)[:2])
    if by_reference:
        return by_reference
    try:
        return list(Entity.objects.filter(pk=text))
    except (ValueError, forms.ValidationError):
        return []


class WhatIfForm(forms.Form):
    """Rates, and the days whose trades are measured by them."""

    what_if = TiersField()
    digits = forms.IntegerField(min_value=0, max_value=MOST_FEE_SCALE)
    since = forms.DateField(label="From")
    until = forms.DateField(label="To", help_text="Up to 31 days.")
    symbol = forms.ChoiceField(label="Market", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        symbols = Market.objects.order_by("symbol").values_list("symbol", flat=True)
        self.fields["symbol"].choices = [("", "All markets"), *((each, each) for each in symbols)]  # type: ignore[attr-defined]


@require_GET
@staff_page(permission="limit.read")
def show_fees(request: HttpRequest) -> HttpResponse:
    """What is in force and what follows; where rates are asked about, what they would have cost."""
    if "what_if" not in request.GET:
        return _page(request)
    form = WhatIfForm(request.GET)
    if not form.is_valid():
        return _page(request, what_if=form, status=422)
    said = form.cleaned_data
    try:
        rows = simulate_fees(
            tiers=said["what_if"], fee_scale=said["digits"], since=said["since"], until=said["until"],
            market=said["symbol"] or None,
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error("until" if "most_days" in refusal.meta else "what_if", refusal.detail or refusal.code)
        return _page(request, what_if=form, status=refusal.status)
    return _page(request, what_if=form, simulated=rows)


@require_POST
@staff_page(permission="limit.change", step_up=True)
def ask_schedule(request: HttpRequest) -> HttpResponse:
    """Ask for a version of a schedule; refused, the page comes back with the reason."""
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return _page(request, schedule=form, status=422)
    said = dict(form.cleaned_data)
    reason = said.pop("reason")
    try:
        with transaction.atomic(durable=True):
            outcome = change_fee_schedule(
                terms=ScheduleTerms(**said), reason=reason, actor=actor_of(request), at=clock.now()
            )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return _page(request, schedule=form, status=refusal.status)
    return tell_outcome(request, outcome.approval_id, reverse("ops:fees"))


@require_POST
@staff_page(permission="limit.change", step_up=True)
def ask_assignment(request: HttpRequest) -> HttpResponse:
    """Ask that a client trade under another schedule; refused, the page comes back with the reason."""
    form = AssignmentForm(request.POST)
    if not form.is_valid():
        return _page(request, assignment=form, status=422)
    try:
        with transaction.atomic(durable=True):
            outcome = assign_fees(
                terms=form.terms(), reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
            )
    except NotFound:
        form.add_error("whom", "There is not exactly one of this reference or id.")
        return _page(request, assignment=form, status=422)
    except Refusal as refusal:
        field = {"IN_FORCE_ALREADY": "in_force_from"}.get(refusal.code)
        form.add_error(field, refusal.detail or refusal.code)
        return _page(request, assignment=form, status=refusal.status)
    return tell_outcome(request, outcome.approval_id, reverse("ops:fees"))


def _page(
    request: HttpRequest,
    *,
    schedule: ScheduleForm | None = None,
    assignment: AssignmentForm | None = None,
    what_if: WhatIfForm | None = None,
    simulated: list[SimulatedFees] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    may_change = has_permission(request, "limit.change")
    newest = list_newest_schedules()
    context = {
        "schedules": [{"schedule": row, "is_to_come": row.in_force_from > at} for row in list_schedules_in_line(at=at)],
        "assignments": [
            {"assignment": row, "is_to_come": row.in_force_from > at} for row in list_assignments_in_line(at=at)
        ],
        "schedule_form": (schedule or _drawn_up(request, newest)) if may_change else None,
        "assignment_form": (assignment or AssignmentForm()) if may_change else None,
        "what_if": what_if or _asked_about(newest, at),
        "simulated": simulated,
        "profiles": list_profile_choices() if may_change else (),
    }
    return answer(request, "ops/trading/fees.html", context, status=status)


def _drawn_up(request: HttpRequest, newest: list[FeeSchedule]) -> ScheduleForm:
    """The form with the newest terms of the schedule that is named, or of the first one."""
    name = request.GET.get("schedule", "")
    chosen = next((each for each in newest if each.name == name), newest[0] if newest else None)
    if chosen is None:
        return ScheduleForm(initial={"replaces": 0, "fee_scale": 2, "tiers": "0 0.001 0.002"})
    return ScheduleForm(
        initial={
            "name": chosen.name,
            "fee_scale": chosen.fee_scale,
            "tiers": _written(chosen),
            "replaces": chosen.schedule_version,
        }
    )


def _written(schedule: FeeSchedule) -> str:
    tiers = sorted(schedule.tiers.all(), key=lambda tier: tier.from_volume)
    return "\n".join(f"{t.from_volume.normalize():f} {t.maker_rate:f} {t.taker_rate:f}" for t in tiers)


def _asked_about(newest: list[FeeSchedule], at: Any) -> WhatIfForm:
    today = business_date_of(at)
    first = newest[0] if newest else None
    return WhatIfForm(
        initial={
            "what_if": _written(first) if first else "0 0.001 0.002",
            "digits": first.fee_scale if first else 2,
            "since": (today - timedelta(days=SIMULATED_DAYS)).isoformat(),
            "until": today.isoformat(),
        }
    )
