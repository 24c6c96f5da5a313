"""One deposit: where it stands, who sent it, all that happened, and what may be done with it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.pages.reveal import PERMISSION as REVEAL
from accounts.queries.details import mask_details
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import Deposit
from settlement.pages.deposit_deeds import DEEDS, Deed
from settlement.pages.deposit_reveal import SenderForm
from settlement.queries.deposit_timeline import list_happenings
from settlement.queries.deposits import get_deposit, list_deposit_postings, list_profile_choices


@require_GET
@staff_page(permission="deposit.read")
def show_deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """One deposit with its timeline, and the forms for what may be done with it by who looks."""
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
            form.add_error(None, _told(refusal))
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


def _told(refusal: Refusal) -> str:
    """The refusal in words; of fields that are wrong each in its own."""
    return " ".join([refusal.detail or refusal.code, *(error.detail for error in refusal.errors)])


def _page(
    request: HttpRequest, deposit: Deposit, *, refused: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    name, form = refused or ("", None)
    deeds = [
        {"name": each, "deed": deed, "form": form if each == name else deed.form()}
        for each, deed in DEEDS.items()
        if deed.fits(deposit) and has_permission(request, deed.permission)
    ]
    # Done already by somebody else: the refusal is shown though the form is gone.
    lost = form.non_field_errors() if form is not None and all(each["name"] != name for each in deeds) else []
    subject_id = deposit.sender_subject_id
    context = {
        "deposit": deposit,
        "details": mask_details([subject_id])[subject_id] if subject_id else {},
        "reveal": SenderForm() if subject_id and has_permission(request, REVEAL) else None,
        "happenings": list_happenings(deposit),
        "postings": list_deposit_postings(deposit),
        "deeds": deeds,
        "profiles": list_profile_choices() if any(each["name"] == "attribute" for each in deeds) else [],
        "refusals": lost,
    }
    return answer(request, "ops/settlement/deposit.html", context, status=status)
