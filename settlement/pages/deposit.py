"""One deposit: where it stands, what moved, and what compliance and operations do with one that is under review."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import Deposit
from settlement.operations.complete_return import complete_return
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.queries.deposits import get_deposit, list_deposit_postings


class ReasonForm(forms.Form):
    """Why it is released or sent back."""

    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")


class SentForm(forms.Form):
    """By what it went back."""

    return_reference = forms.RegexField(
        r"^[A-Za-z0-9._:-]{1,64}$",
        label="Reference of the payment back",
        help_text="The bank's or chain's id of it; it is booked once.",
        error_messages={"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"},
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with a deposit in one of ``statuses`` by who holds ``permission``."""

    title: str
    label: str
    effect: str
    form: type[forms.Form]
    permission: str
    statuses: tuple[str, ...]
    do: Callable[[UUID, dict[str, Any], Actor], str]


def _release(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    release_deposit(deposit_id=deposit_id, reason=said["reason"], actor=actor, at=clock.now())
    return "It is the client's now."


def _return(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    return_deposit(deposit_id=deposit_id, reason=said["reason"], actor=actor, at=clock.now())
    return "It goes back. Say so here when the bank or chain has sent it."


def _complete(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    complete_return(deposit_id=deposit_id, return_reference=said["return_reference"], actor=actor, at=clock.now())
    return "It has gone back."


DEEDS: dict[str, Deed] = {
    "release": Deed(
        "Release", "Release to the client", "SUSPENSE to the client's account, at once.", ReasonForm, "deposit.release",
        (Deposit.Status.UNDER_REVIEW,), _release,
    ),
    "return": Deed(
        "Send back", "Send it back", "The value stays in SUSPENSE until it has been sent.", ReasonForm, "deposit.return",
        (Deposit.Status.UNDER_REVIEW,), _return,
    ),
    "complete-return": Deed(
        "Sent back", "It has been sent", "SUSPENSE to the account it arrived at, at once.", SentForm, "deposit.return",
        (Deposit.Status.RETURNING,), _complete,
    ),
}  # fmt: skip


@require_GET
@staff_page(permission="deposit.read")
def show_deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """One deposit with its postings, and the forms for what may be done with it by who looks."""
    return _page(request, get_deposit(deposit_id=deposit_id))


def _door(deed: Deed) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=deed.permission, step_up=True)
    def door(request: HttpRequest, deposit_id: UUID, name: str) -> HttpResponse:
        deposit = get_deposit(deposit_id=deposit_id)
        form = deed.form(request.POST)
        if not form.is_valid():
            return _page(request, deposit, refused=(name, form), status=422)
        try:
            words = deed.do(deposit_id, form.cleaned_data, actor_of(request))
        except Refusal as refusal:
            form.add_error(None, refusal.detail or refusal.code)
            return _page(request, get_deposit(deposit_id=deposit_id), refused=(name, form), status=refusal.status)
        messages.success(request, words, "ok")
        return HttpResponseRedirect(reverse("ops:deposit", args=[deposit_id]))

    return door


_DOORS = {name: _door(deed) for name, deed in DEEDS.items()}


@require_POST
def act_on_deposit(request: HttpRequest, deposit_id: UUID, deed: str) -> HttpResponseBase:
    """Do one deed; refused, the page comes back with the reason beside what was typed."""
    if deed not in _DOORS:
        raise Http404
    return _DOORS[deed](request, deposit_id, deed)


def _page(
    request: HttpRequest, deposit: Deposit, *, refused: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    name, form = refused or ("", None)
    deeds = [
        {"name": each, "deed": deed, "form": form if each == name else deed.form()}
        for each, deed in DEEDS.items()
        if deposit.status in deed.statuses and has_permission(request, deed.permission)
    ]
    # Said already by somebody else: the refusal is shown though the form is gone.
    lost = form.non_field_errors() if form is not None and all(each["name"] != name for each in deeds) else []
    context = {"deposit": deposit, "postings": list_deposit_postings(deposit), "deeds": deeds, "refusals": lost}
    return answer(request, "ops/settlement/deposit.html", context, status=status)
