"""Enter a withdrawal for a client: limits, fee, approvals and what it would be refused for stand beside the form before it is
sent.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Profile
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal, plain_text
from core.domain.refusals import NotFound, Refusal
from core.fields import REFERENCE_PATTERN
from core.ids import new_id
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from settlement.models import Destination, Withdrawal
from settlement.operations.preview_withdrawal import Preview, preview_withdrawal
from settlement.operations.request_withdrawal import WithdrawalWish, request_withdrawal
from settlement.pages.term_fields import NumberField
from settlement.queries.accounts import account_row
from settlement.queries.balances import list_client_accounts
from settlement.queries.deposits import find_open_profiles, list_profile_choices
from settlement.queries.destinations import list_destinations
from settlement.queries.withdrawal_limits import list_utilisation

KINDS = (
    (Withdrawal.AmountKind.NET, "What arrives (net)"),
    (Withdrawal.AmountKind.GROSS, "What it costs in all (gross)"),
)
FIELD_OF_CODE = {
    "CLIENT_REFERENCE_REUSED": "client_reference",
    "AMOUNT_BELOW_MINIMUM": "amount",
    "AMOUNT_NOT_PAYABLE": "amount",
    "INSUFFICIENT_AVAILABLE": "amount",
    "WITHDRAWAL_LIMIT_EXCEEDED": "amount",
    "DESTINATION_NOT_ACTIVE": "destination",
}


class EntryForm(forms.Form):
    """Of which profile, where to, how much."""

    profile = forms.UUIDField(widget=forms.HiddenInput)
    destination = forms.ModelChoiceField(
        Destination.objects.none(),
        label="To",
        empty_label="Choose…",
        help_text="From the client's own book. What is cooling off may not be used yet.",
    )
    amount_kind = forms.ChoiceField(label="The amount is", choices=KINDS)
    amount = forms.CharField(max_length=40, label="Amount", help_text="A plain number with a point: 1250.00")
    client_reference = forms.RegexField(
        REFERENCE_PATTERN,
        label="Reference",
        help_text="Unique for the profile, for ever: the same again is not done again.",
        error_messages={"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"},
    )
    # Stands with what it comes to, which says it.
    expected_fee = NumberField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = profile
        book: Any = self.fields["destination"]
        book.queryset = list_destinations(entity_id=profile.entity_id).exclude(status="REMOVED").order_by("label", "id")
        book.label_from_instance = _label

    def clean_amount(self) -> Any:
        """The amount, by the grammar of the whole house."""
        try:
            return parse_decimal(self.cleaned_data["amount"].strip())
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error

    def wish(self) -> WithdrawalWish:
        """What was entered, with the fee that was shown."""
        said = self.cleaned_data
        return WithdrawalWish(
            profile_id=self.owner.pk,
            destination_id=said["destination"].pk,
            client_reference=said["client_reference"],
            amount_kind=said["amount_kind"],
            amount=said["amount"],
            expected_fee=said["expected_fee"],
        )


def _label(destination: Destination) -> str:
    waits = "" if destination.is_usable(clock.now()) else " (cooling off)"
    rail = destination.rail
    return f"{destination.label}: {destination.address}, {rail.asset.code} by {rail.network}{waits}"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="withdrawal.enter")
def enter_withdrawal(request: HttpRequest) -> HttpResponse:
    """The form of a profile; sent here, it is only told what it would come to. For htmx that alone, as its part ``preview``."""
    if request.method == "POST":
        profile = _named(request)
        form = EntryForm(request.POST, profile=profile)
        return _page(request, form, preview=_preview(form) if form.is_valid() else None)
    text = request.GET.get("profile", "").strip()[:100]
    found = list(find_open_profiles(text)) if text else []
    if len(found) != 1:
        context = {"text": text, "is_unclear": bool(text), "profiles": list_profile_choices()}
        return answer(request, "ops/settlement/withdrawal_whose.html", context)
    initial = {"profile": found[0].pk, "client_reference": f"desk-{new_id().hex}"}
    return _page(request, EntryForm(initial=initial, profile=found[0]))


@require_POST
@staff_page(permission="withdrawal.enter", step_up=True)
def ask_withdrawal(request: HttpRequest) -> HttpResponse:
    """Ask for it in the name of who is signed in; refused, the form comes back with the reasons."""
    profile = _named(request)
    form = EntryForm(request.POST, profile=profile)
    if not form.is_valid():
        return _page(request, form, status=422)
    if form.cleaned_data["expected_fee"] is None:
        form.add_error(None, "Look at what it comes to first: it stands beside the form now.")
        return _page(request, form, preview=_preview(form), status=422)
    try:
        asked = request_withdrawal(
            wish=form.wish(), entity_id=profile.entity_id, actor=actor_of(request), at=clock.now()
        )
    except Refusal as refusal:
        preview = _preview(form)
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return _page(request, form, preview=preview, status=refusal.status)
    if asked.is_replay:
        messages.warning(request, "This reference is known: nothing was done again.", "warn")
    else:
        messages.success(request, "Asked for: what it costs is held, and the screening comes next.", "ok")
    return HttpResponseRedirect(reverse("ops:withdrawal", args=[asked.withdrawal_id]))


def _named(request: HttpRequest) -> Profile:
    """The open profile whose id the form carries."""
    try:
        profile_id = UUID(request.POST.get("profile", ""))
    except ValueError:
        raise NotFound("profile") from None
    found = [each for each in find_open_profiles(str(profile_id)) if each.pk == profile_id]
    if not found:
        raise NotFound("profile")
    return found[0]


def _preview(form: EntryForm) -> Preview:
    """What it would come to."""
    return preview_withdrawal(wish=replace(form.wish(), expected_fee=None), profile=form.owner, at=clock.now())


def _page(request: HttpRequest, form: EntryForm, *, preview: Preview | None = None, status: int = 200) -> HttpResponse:
    at, profile = clock.now(), form.owner
    context = {
        "form": form,
        "profile": profile,
        "accounts": [account_row(each) for each in list_client_accounts(profile_id=profile.pk).order_by("asset__code")],
        "preview": preview,
        "fee_shown": plain_text(preview.quote.amounts.fee) if preview and preview.quote else None,
        "limits": list_utilisation(profile=profile, at=at),
        "reporting_asset": settings.REPORTING_ASSET,
    }
    return answer(request, "ops/settlement/withdrawal_entry.html", context, parts=("preview",), status=status)
