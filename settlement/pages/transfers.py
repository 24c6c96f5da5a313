"""Internal transfers: the list, one of them with what moved, the form that starts one, and taking one back."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Profile
from accounts.queries.actors import name_actors
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import Refusal
from core.fields import REFERENCE_PATTERN
from core.ids import new_id
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import Asset, InternalTransfer
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.start_transfers import Started, TransferWish, start_transfers
from settlement.queries.deposits import find_open_profiles, list_profile_choices
from settlement.queries.transfers import get_transfer, list_transfer_postings, list_transfers

_DIGITS = ("transfer.asset.scale", "transfer.asset.payment_scale")
COLUMNS = (
    Column("transfer.requested_at", "Asked (UTC)", "time"),
    Column("transfer.client_reference", "Reference", link="address"),
    Column("transfer.from_profile.reference", "From"),
    Column("transfer.from_profile.entity.shown_name", "Entity"),
    Column("transfer.to_profile.reference", "To"),
    Column("transfer.to_profile.entity.shown_name", "Entity"),
    Column("transfer.amount", "Amount", "money", *_DIGITS, unit="transfer.asset.code"),
    Column("transfer.status", "Status", "chip", noun="transfer"),
)
# Of one batch so many are named on a page.
MOST_NAMED = 20
# The field whose value a refusal speaks of; the rest stands above the form.
FIELD_OF_CODE = {
    "CLIENT_REFERENCE_REUSED": "client_reference",
    "AMOUNT_BELOW_MINIMUM": "amount",
    "SCALE_EXCEEDED": "amount",
    "INSUFFICIENT_AVAILABLE": "amount",
    "ASSET_SUSPENDED": "asset",
    "PRICE_MISSING": "asset",
    "TRANSFER_GOES_NOWHERE": "to_profile",
}


class TransferForm(forms.Form):
    """From whom to whom, how much and why."""

    from_profile = forms.CharField(
        max_length=100, label="From profile", help_text="Its reference, or its id where two share a reference."
    )
    to_profile = forms.CharField(max_length=100, label="To profile", help_text="The same.")
    asset = forms.ModelChoiceField(
        Asset.objects.filter(status="ACTIVE").order_by("code"),
        label="Asset",
        empty_label="Choose…",
        to_field_name="code",
    )
    amount = forms.CharField(max_length=40, label="Amount", help_text="A plain number with a point: 1250.00")
    client_reference = forms.RegexField(
        REFERENCE_PATTERN,
        label="Reference",
        help_text="Unique for the profile it leaves, for ever: the same again is not done again.",
        error_messages={"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"},
    )
    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("from_profile", "to_profile"):
            self.fields[name].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean_from_profile(self) -> Profile:
        return _profile(self.cleaned_data["from_profile"])

    def clean_to_profile(self) -> Profile:
        return _profile(self.cleaned_data["to_profile"])

    def clean_amount(self) -> Any:
        """The amount, by the grammar of the whole house."""
        try:
            return parse_decimal(self.cleaned_data["amount"].strip())
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error


def _profile(text: str) -> Profile:
    """The open profile that the text names: an id, or a reference only one has."""
    found = list(find_open_profiles(text.strip()))
    if not found:
        raise forms.ValidationError("There is no open profile of this reference or id.")
    if len(found) > 1:
        raise forms.ValidationError("Several profiles have this reference: give the id.")
    return found[0]


class ReversalForm(forms.Form):
    """Why it is taken back."""

    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")


@require_GET
@staff_page(permission="transfer.read")
def show_transfers(request: HttpRequest) -> HttpResponse:
    """Transfers, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    page = read_keyset_page(
        list_transfers(text=text), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    waiting = InternalTransfer.objects.filter(status=InternalTransfer.Status.AWAITING_APPROVAL).count()
    context = {
        "title": "Transfers",
        "context_line": f"Between profiles of the house; {waiting or 'none'} waiting for approval",
        "columns": COLUMNS,
        "page": page.map(_row),
        "search": {"value": text, "label": "Reference, profile or entity"},
        "empty": "No transfers match. One is started here, or by a client's program.",
        "actions": [{"address": reverse("ops:transfer-start"), "label": "Start a transfer"}]
        if has_permission(request, "transfer.start")
        else [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(transfer: InternalTransfer) -> dict[str, Any]:
    return {"transfer": transfer, "address": reverse("ops:transfer", args=[transfer.pk])}


@require_GET
@staff_page(permission="transfer.read")
def show_transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """One transfer with what moved for it."""
    return _page(request, get_transfer(transfer_id=transfer_id))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="transfer.start")
def start_transfer(request: HttpRequest) -> HttpResponse:
    """The form; sent, the transfer goes or waits, and what is refused stands beside its field."""
    form = TransferForm(request.POST or None, initial={"client_reference": f"desk-{new_id().hex}"})
    status = 200
    if request.method == "POST":
        started = _start(request, form) if form.is_valid() else None
        if started is not None:
            _tell(request, started)
            return HttpResponseRedirect(reverse("ops:transfer", args=[started.transfers[0].pk]))
        status = 422
    context = {"form": form, "profiles": list_profile_choices()}
    return answer(request, "ops/settlement/transfer_form.html", context, status=status)


def _start(request: HttpRequest, form: TransferForm) -> Started | None:
    said = form.cleaned_data
    wish = TransferWish(
        from_profile_id=said["from_profile"].pk,
        to_profile_id=said["to_profile"].pk,
        asset=said["asset"].code,
        amount=said["amount"],
        client_reference=said["client_reference"],
        reason=said["reason"],
    )
    try:
        with transaction.atomic(durable=True):
            return start_transfers(wishes=[wish], actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return None


def _tell(request: HttpRequest, started: Started) -> None:
    if started.is_replay:
        messages.warning(request, "This reference is known: nothing was done again.", "warn")
    elif started.approval_id is not None:
        messages.success(request, "Asked for. It goes once others have approved it.", "ok")
    else:
        messages.success(request, "It has gone.", "ok")


@require_POST
@staff_page(permission="transfer.start", step_up=True)
def take_transfer_back(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Ask for the mirror of an executed transfer; refused, the page comes back with the reason."""
    transfer = get_transfer(transfer_id=transfer_id)
    form = ReversalForm(request.POST)
    if not form.is_valid():
        return _page(request, transfer, form=form, status=422)
    try:
        with transaction.atomic(durable=True):
            started = reverse_transfer(
                transfer_id=transfer_id, reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
            )
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, get_transfer(transfer_id=transfer_id), form=form, status=refusal.status)
    _tell(request, started)
    return HttpResponseRedirect(reverse("ops:transfer", args=[transfer_id]))


def _page(
    request: HttpRequest, transfer: InternalTransfer, *, form: ReversalForm | None = None, status: int = 200
) -> HttpResponse:
    may_reverse = (
        transfer.status == InternalTransfer.Status.EXECUTED
        and transfer.reverses_id is None
        and has_permission(request, "transfer.start")
    )
    batch = InternalTransfer.objects.filter(batch_id=transfer.batch_id).exclude(pk=transfer.pk).order_by("pk")
    names = name_actors([transfer.requested_by_id])
    context = {
        "transfer": transfer,
        "asker": names.get(str(transfer.requested_by_id), ""),
        "postings": list_transfer_postings(transfer),
        "mirrors": transfer.reversals.order_by("pk"),
        "batch": batch[:MOST_NAMED],
        "form": (form or ReversalForm()) if may_reverse else None,
        # Said already by somebody else: the refusal is shown though the form is gone.
        "refusals": form.non_field_errors() if form is not None and not may_reverse else [],
        "reporting_asset": settings.REPORTING_ASSET,
    }
    return answer(request, "ops/settlement/transfer.html", context, status=status)
