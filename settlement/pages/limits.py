"""Withdrawal limits: what is in force and what follows, how much of it is used, and the proposal of another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Entity, Profile
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import WithdrawalLimit
from settlement.operations.change_limit import LimitTerms, change_limit
from settlement.pages.rails import tell_outcome
from settlement.pages.term_fields import FollowsField, MomentField, NumberField, ReasonField
from settlement.queries.deposits import find_open_profiles, list_profile_choices
from settlement.queries.withdrawal_limits import list_limits_in_line, list_most_used, list_utilisation

Scope, Window = WithdrawalLimit.Scope, WithdrawalLimit.Window
SCOPES = (
    (Scope.DEFAULT, "Each entity that has none of its own"),
    (Scope.ENTITY, "One entity, in place of the default"),
    (Scope.PROFILE, "One profile, beside its entity's"),
)
WINDOWS = (
    (Window.PER_TRANSFER, "One withdrawal"),
    (Window.ROLLING_24H, "The last 24 hours"),
    (Window.ROLLING_30D, "The last 30 days"),
)
FIELD_OF_CODE = {
    "LIMIT_INVALID": "value",
    "NOTHING_CHANGES": "value",
    "IN_FORCE_ALREADY": "in_force_from",
    "TERMS_IN_LINE": "what_follows",
}


class LimitForm(forms.Form):
    """A proposal: of whom, over what, how much."""

    scope = forms.ChoiceField(label="Of", choices=SCOPES)
    whom = forms.CharField(
        label="Entity or profile",
        required=False,
        max_length=100,
        help_text="Its reference, or its id where two share a reference. Empty for the default.",
    )
    window = forms.ChoiceField(label="Over", choices=WINDOWS)
    value = NumberField(label="At most", required=False, help_text="In the reporting asset. Empty: no limit.")
    in_force_from = MomentField()
    what_follows = FollowsField()
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """With the id of whom it is of."""
        said = super().clean() or self.cleaned_data
        scope, text = said.get("scope"), said.get("whom", "").strip()
        said["scope_id"] = None
        if scope == Scope.DEFAULT:
            if text:
                self.add_error("whom", "The default is of nobody.")
            return said
        found: Sequence[Any] = _entities(text) if scope == Scope.ENTITY else list(find_open_profiles(text))
        if len(found) == 1:
            said["scope_id"] = found[0].pk
        else:
            self.add_error(
                "whom", "Several have this reference: give the id." if found else "There is none of this name."
            )
        return said

    def terms(self) -> LimitTerms:
        """What was proposed."""
        said = self.cleaned_data
        names = ("scope", "scope_id", "window", "value", "in_force_from", "what_follows")
        return LimitTerms(**{name: said[name] for name in names})


def _entities(text: str) -> list[Entity]:
    try:
        return list(Entity.objects.filter(pk=UUID(text)))
    except ValueError:
        return list(Entity.objects.filter(reference=text)[:2]) if text else []


@require_GET
@staff_page(permission="limit.read")
def show_limits(request: HttpRequest) -> HttpResponse:
    """What is in force and what follows; of a profile that is asked for, what is used and left."""
    return _page(request)


@require_POST
@staff_page(permission="limit.change", step_up=True)
def ask_limit_change(request: HttpRequest) -> HttpResponse:
    """Ask for a limit; refused, the page comes back with the reason."""
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        with transaction.atomic(durable=True):
            outcome = change_limit(
                terms=form.terms(), reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
            )
    except NotFound:
        form.add_error("whom", "There is none of this name.")
        return _page(request, form=form, status=422)
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return _page(request, form=form, status=refusal.status)
    return tell_outcome(request, outcome.approval_id, reverse("ops:limits"))


def _page(request: HttpRequest, *, form: LimitForm | None = None, status: int = 200) -> HttpResponse:
    at, text = clock.now(), request.GET.get("profile", "").strip()[:100]
    limits = list_limits_in_line(at=at)
    found = list(find_open_profiles(text)) if text else []
    context = {
        "limits": _told(limits, at),
        "most_used": list_most_used(at=at),
        "profile_text": text,
        "profile": found[0] if len(found) == 1 else None,
        "is_unclear": bool(text) and len(found) != 1,
        "used": list_utilisation(profile=found[0], at=at) if len(found) == 1 else [],
        "form": (form or LimitForm()) if has_permission(request, "limit.change") else None,
        "profiles": list_profile_choices(),
        "reporting_asset": settings.REPORTING_ASSET,
    }
    return answer(request, "ops/settlement/limits.html", context, status=status)


def _told(limits: list[WithdrawalLimit], at: datetime) -> list[dict[str, Any]]:
    """The rows with the names of whom they are of, two questions for all of them."""
    wanted = [limit.scope_id for limit in limits if limit.scope_id]
    names = {entity.pk: entity.shown_name for entity in Entity.objects.filter(pk__in=wanted)}
    for profile in Profile.objects.filter(pk__in=wanted).select_related("entity"):
        names[profile.pk] = f"{profile.reference} of {profile.entity.shown_name}"
    return [
        {
            "limit": limit,
            "whom": names.get(limit.scope_id, "") if limit.scope_id else "Each entity without its own",
            "state": "TO_COME" if limit.in_force_from > at else "LIFTED" if limit.value is None else "IN_FORCE",
        }
        for limit in limits
    ]
