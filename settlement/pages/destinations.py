"""Where clients have value sent: the book of all of them, and one destination with who stands behind it, masked."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from accounts.domain.personal_fields import FIELDS
from accounts.models import ApprovalRequest
from accounts.operations.reveal_details import About, reveal_details
from accounts.pages.reveal import PERMISSION as REVEAL
from accounts.pages.reveal import RevealForm
from accounts.queries.details import mask_details
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.models import Destination
from settlement.operations.add_destination import OBJECT_TYPE, PERSONAL
from settlement.operations.hasten_destination import DESTINATION_ADD, hasten_destination
from settlement.pages.term_fields import ReasonField
from settlement.queries.destinations import count_destinations, get_destination, list_all_destinations

Status = Destination.Status
TABS = {"": "All", Status.PENDING: "Cooling off", Status.ACTIVE: "In use", Status.REMOVED: "Removed"}


class HastenForm(forms.Form):
    """Why it cannot wait."""

    reason = ReasonField()


class BeneficiaryForm(RevealForm):
    """Which details of the beneficiary, and what they are needed for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms of the page ask for a reason.
        super().__init__(*args, **kwargs)
        self.auto_id = "id_look_%s"
        asked: Any = self.fields["fields_asked"]
        asked.choices = [(name, FIELDS[name].title) for name in PERSONAL]


@require_GET
@staff_page(permission="destination.read")
def show_destinations(request: HttpRequest) -> HttpResponse:
    """The destinations of all clients, newest first, by state."""
    text, tab = request.GET.get("text", "").strip()[:100], request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    page = read_keyset_page(
        list_all_destinations(text=text, status=tab),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    counts = count_destinations()
    context = {
        "tab": tab,
        "tabs": [
            {"tab": key, "word": word, "count": counts.get(key, 0) if key else sum(counts.values())}
            for key, word in TABS.items()
        ],
        "text": text,
        "page": page,
    }
    return answer(request, "ops/settlement/destinations.html", context, parts=("list",))


@require_GET
@staff_page(permission="destination.read")
def show_destination(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """One destination; of a person who is the beneficiary the details are masked."""
    return _page(request, get_destination(destination_id=destination_id))


@require_POST
@staff_page(permission="destination.hasten", step_up=True)
def hasten(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """Ask that its cooling-off ends early; refused, the page comes back with the reason."""
    destination = get_destination(destination_id=destination_id)
    form = HastenForm(request.POST)
    if not form.is_valid():
        return _page(request, destination, haste=form, status=422)
    try:
        with transaction.atomic(durable=True):
            hasten_destination(
                destination_id=destination_id,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=clock.now(),
            )
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, destination, haste=form, status=refusal.status)
    messages.success(request, "Asked for: it waits its time unless somebody else approves it.", "ok")
    return HttpResponseRedirect(reverse("ops:destination", args=[destination_id]))


@require_POST
@never_cache
@staff_page(permission=REVEAL, step_up=True)
@sensitive_variables("shown")
def reveal(request: HttpRequest, destination_id: UUID) -> HttpResponse:
    """The asked details of the beneficiary in the clear, once the look is on record."""
    destination = get_destination(destination_id=destination_id)
    if destination.subject_id is None or not has_permission(request, "destination.read"):
        raise NotFound("beneficiary")
    form = BeneficiaryForm(request.POST)
    if not form.is_valid():
        return _page(request, destination, look=form, status=422)
    try:
        shown = reveal_details(
            subject_id=destination.subject_id,
            about=About(OBJECT_TYPE, destination.pk, destination.version),
            fields=form.cleaned_data["fields_asked"],
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return _page(request, destination, look=form, status=refusal.status)
    return _page(request, destination, shown={FIELDS[name].title: text for name, text in shown.items()})


def _page(
    request: HttpRequest,
    destination: Destination,
    *,
    haste: HastenForm | None = None,
    look: BeneficiaryForm | None = None,
    shown: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    pending = ApprovalRequest.objects.filter(
        action=DESTINATION_ADD, subject_id=str(destination.pk), status=ApprovalRequest.Status.PENDING
    ).first()
    is_cooling = destination.status == Status.PENDING and not destination.is_usable(at)
    may_hasten = is_cooling and pending is None and has_permission(request, "destination.hasten")
    subject_id = destination.subject_id
    context: dict[str, Any] = {
        "destination": destination,
        "is_cooling": is_cooling,
        "pending": pending,
        "haste": (haste or HastenForm()) if may_hasten else None,
        # Said by somebody else, or over by now: the refusal is shown though the form is gone.
        "refusals": haste.non_field_errors() if haste is not None and not may_hasten else [],
        "details": _titled(mask_details([subject_id])[subject_id]) if subject_id and shown is None else {},
        "shown": shown,
        "look": (look or BeneficiaryForm()) if subject_id and has_permission(request, REVEAL) else None,
    }
    return answer(request, "ops/settlement/destination.html", context, status=status)


def _titled(masked: dict[str, str]) -> dict[str, str]:
    return {FIELDS[name].title: text for name, text in masked.items()}
