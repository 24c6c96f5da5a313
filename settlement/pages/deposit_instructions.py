"""Where clients are paid in: the list, of all or of one profile, and giving a profile a place or retiring one."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Profile
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.models import Rail
from settlement.operations.open_deposit_instruction import open_deposit_instruction, retire_deposit_instruction
from settlement.pages.deposit_deeds import read_profile
from settlement.pages.deposit_entry import RailChoice
from settlement.queries.deposit_places import list_places
from settlement.queries.deposits import list_profile_choices

PERMISSION = "deposit.attribute"
TEMPLATE = "ops/settlement/deposit_instructions.html"


class OpenForm(forms.Form):
    """For whom, and by which rail."""

    profile = forms.CharField(max_length=100, label="Profile", help_text="Its reference, or its id.")
    rail = RailChoice(
        Rail.objects.filter(enabled=True).select_related("asset").order_by("asset__code", "network"),
        label="Rail",
        empty_label="Choose…",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean_profile(self) -> Profile:
        """The open profile that the text names."""
        return read_profile(self.cleaned_data["profile"])


@require_http_methods(["GET", "HEAD"])
@staff_page(permission="deposit.read")
def show_deposit_instructions(request: HttpRequest) -> HttpResponse:
    """Newest first; ``text`` narrows to a profile, an entity or an address."""
    return _page(request)


@require_POST
@staff_page(permission=PERMISSION, step_up=True)
def open_instruction(request: HttpRequest) -> HttpResponse:
    """Give a profile a place on a rail; one that it has already is the answer."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    profile, rail = form.cleaned_data["profile"], form.cleaned_data["rail"]
    try:
        open_deposit_instruction(profile_id=profile.pk, rail_id=rail.pk, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, form=form, status=refusal.status)
    messages.success(request, f"{profile.reference} is paid in by {rail.asset.code} {rail.network}.", "ok")
    return HttpResponseRedirect(_list_of(profile.reference))


@require_POST
@staff_page(permission=PERMISSION, step_up=True)
def retire_instruction(request: HttpRequest, instruction_id: UUID) -> HttpResponse:
    """Nobody is told of it any more; what arrives there is still its client's."""
    try:
        retire_deposit_instruction(instruction_id=instruction_id, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.detail or refusal.code, "bad")
    else:
        messages.success(request, "It is retired. What arrives there is still its client's.", "ok")
    return HttpResponseRedirect(_list_of(request.POST.get("text", "")[:100]))


def _list_of(text: str) -> str:
    address = reverse("ops:deposit-instructions")
    return f"{address}?{urlencode({'text': text})}" if text else address


def _page(request: HttpRequest, *, form: OpenForm | None = None, status: int = 200) -> HttpResponse:
    text = request.GET.get("text", "").strip()[:100]
    page = read_keyset_page(
        list_places(text=text),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    may_open = has_permission(request, PERMISSION)
    context = {
        "page": page,
        "text": text,
        "form": (form or OpenForm(initial={"profile": text})) if may_open else None,
        "profiles": list_profile_choices() if may_open else [],
    }
    return answer(request, TEMPLATE, context, parts=("list",), status=status)
