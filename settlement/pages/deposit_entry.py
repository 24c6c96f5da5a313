"""Enter a deposit by hand: what an operator has seen at the bank or custodian, and no feed has told of."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.domain.personal_fields import FIELDS
from accounts.models import Profile
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from settlement.gateways.arrivals import Sender
from settlement.models import Deposit, LedgerAccount, Rail
from settlement.operations.enter_deposit_by_hand import SeenPayment, enter_deposit_by_hand
from settlement.pages.deposit_deeds import read_profile
from settlement.queries.deposits import list_profile_choices

# The field whose value a refusal speaks of; the rest stands above the form.
FIELD_OF_CODE = {
    "CLIENT_REFERENCE_REUSED": "outside_reference",
    "AMOUNT_BELOW_MINIMUM": "amount",
    "SCALE_EXCEEDED": "amount",
    "ASSET_SUSPENDED": "omnibus",
    "RAIL_DISABLED": "rail",
    "SENDER_MISSING": "sender_account",
}

# What an operator is told of a payment that is known already.
KNOWN: dict[str, str] = {
    Deposit.Status.DETECTED: "Its feed has told of it, and it is not final yet",
    Deposit.Status.UNDER_REVIEW: "It is in the books already, under review",
    Deposit.Status.CREDITED: "It was credited already",
    Deposit.Status.RETURNING: "It is in the books already, and on its way back",
    Deposit.Status.RETURNED: "It was in the books already, and has gone back",
    Deposit.Status.REVERSED: "It was credited already, and taken back",
    Deposit.Status.FAILED: "Its feed told of it, and that it vanished before it was final",
}


class RailChoice(forms.ModelChoiceField):
    """A rail by its asset and network."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.asset.code} {obj.network}"


class DepositForm(forms.Form):
    """What an operator saw at the bank or custodian."""

    omnibus = forms.ModelChoiceField(
        LedgerAccount.objects.filter(kind="OMNIBUS", status="OPEN").order_by("code"),
        label="Arrived at",
        help_text="The account of ours that received it.",
        empty_label="Choose…",
    )
    rail = RailChoice(
        Rail.objects.select_related("asset").order_by("asset__code", "network"),
        label="By rail",
        help_text="How it came, as far as that is known; its minimum then holds.",
        empty_label="Not known",
        required=False,
    )
    profile = forms.CharField(
        max_length=100, label="For profile", help_text="Its reference, or its id where two share a reference."
    )
    amount = forms.CharField(
        max_length=40, label="Amount", help_text="A plain number with a point, in the account's asset: 1250.00"
    )
    outside_reference = forms.RegexField(
        r"^[A-Za-z0-9._:-]{1,64}$",
        label="Outside reference",
        help_text="The bank's or chain's id of the payment; it is booked once.",
        error_messages={"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"},
    )
    value_date = forms.DateField(label="Value date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    sender_account = forms.CharField(
        max_length=128,
        required=False,
        label="From account",
        help_text="The account or address it came from: it is screened.",
    )
    sender_vasp = forms.CharField(
        max_length=200, required=False, label="Kept by", help_text="The provider that sent it, of a coin."
    )
    sender_name = forms.CharField(
        max_length=FIELDS["full_name"].longest,
        required=False,
        label="Sent by",
        help_text="As the bank or chain shows it; goes to the vault, and is screened.",
    )
    sender_address = forms.CharField(max_length=FIELDS["address"].longest, required=False, label="Sender's address")
    note = forms.CharField(max_length=200, required=False, label="Note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}
        for name in ("sender_name", "sender_address"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_profile(self) -> Profile:
        """The open profile that the text names: an id, or a reference only one has."""
        return read_profile(self.cleaned_data["profile"])

    def clean_amount(self) -> Decimal:
        """The amount, by the grammar of the whole house."""
        try:
            return parse_decimal(self.cleaned_data["amount"].strip())
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error

    def clean(self) -> dict[str, Any]:
        """A rail ends in an account of its own: what came by it arrived there."""
        said = self.cleaned_data
        rail, omnibus = said.get("rail"), said.get("omnibus")
        if rail is not None and omnibus is not None and rail.omnibus_id != omnibus.pk:
            self.add_error("rail", "This rail ends in another account.")
        return said


@require_http_methods(["GET", "HEAD", "POST"])
def credit(request: HttpRequest) -> HttpResponseBase:
    """The form; sent, it asks for the deposit, and what is refused stands beside its field with what was typed."""
    return _ask(request) if request.method == "POST" else _show(request)


@staff_page(permission="deposit.credit")
def _show(request: HttpRequest) -> HttpResponse:
    return _page(request, DepositForm(initial={"value_date": clock.now().date()}))


@staff_page(permission="deposit.credit", step_up=True)
def _ask(request: HttpRequest) -> HttpResponse:
    form = DepositForm(request.POST)
    if form.is_valid() and _book(request, form):
        return HttpResponseRedirect(reverse("ops:deposits"))
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: DepositForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "profiles": list_profile_choices()}
    return answer(request, "ops/settlement/deposit_form.html", context, status=status)


def _book(request: HttpRequest, form: DepositForm) -> bool:
    """Ask for what the form says; False, with the reason in the form, when that is refused."""
    said = form.cleaned_data
    value_date: date = said["value_date"]
    seen = SeenPayment(
        profile_id=said["profile"].pk,
        omnibus_id=said["omnibus"].pk,
        rail_id=said["rail"].pk if said["rail"] else None,
        amount=said["amount"],
        outside_reference=said["outside_reference"],
        value_date=value_date,
        note=said["note"],
        sender=Sender(
            account=said["sender_account"],
            vasp=said["sender_vasp"],
            details={"full_name": said["sender_name"], "address": said["sender_address"]},
        ),
    )
    try:
        entered = enter_deposit_by_hand(seen=seen, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return False
    told = f"{said['amount']} for {said['profile'].reference}: {said['outside_reference']}."
    if entered.known is None:
        messages.success(request, f"Asked for, and decided by somebody else under Approvals: {told}", "ok")
    else:
        messages.warning(request, f"Nothing was entered. {KNOWN[entered.known.status]}: {told}", "warn")
    return True
