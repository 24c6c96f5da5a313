"""Deposits: the list, and the form that credits one."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Profile
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import Deposit, LedgerAccount
from settlement.operations.credit_deposit import credit_deposit
from settlement.queries.deposits import (
    count_waiting_deposits,
    find_open_profiles,
    get_deposit,
    list_deposits,
    list_profile_choices,
)

_DIGITS = ("deposit.omnibus.asset.scale", "deposit.omnibus.asset.payment_scale")
COLUMNS = (
    Column("deposit.received_at", "Received (UTC)", "time"),
    Column("deposit.outside_reference", "Outside reference", link="address"),
    Column("deposit.profile.reference", "Profile"),
    Column("deposit.profile.entity.shown_name", "Entity"),
    Column("deposit.amount", "Amount", "money", *_DIGITS, unit="deposit.omnibus.asset.code"),
    Column("deposit.omnibus.name", "Arrived at"),
    Column("deposit.value_date", "Value date", "day"),
    Column("deposit.status", "Status", "chip", noun="deposit"),
)
# The field whose value a refusal speaks of; the rest stands above the form.
FIELD_OF_CODE = {
    "CLIENT_REFERENCE_REUSED": "outside_reference",
    "AMOUNT_BELOW_MINIMUM": "amount",
    "SCALE_EXCEEDED": "amount",
    "ASSET_SUSPENDED": "omnibus",
}


class DepositForm(forms.Form):
    """What an operator saw at the bank or custodian."""

    omnibus = forms.ModelChoiceField(
        LedgerAccount.objects.filter(kind="OMNIBUS", status="OPEN").order_by("code"),
        label="Arrived at",
        help_text="The account of ours that received it.",
        empty_label="Choose…",
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
    note = forms.CharField(max_length=200, required=False, label="Note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean_profile(self) -> Profile:
        """The open profile that the text names: an id, or a reference only one has."""
        text = self.cleaned_data["profile"].strip()
        found = list(find_open_profiles(text))
        if not found:
            raise forms.ValidationError("There is no open profile of this reference or id.")
        if len(found) > 1:
            raise forms.ValidationError("Several profiles have this reference: give the id.")
        return found[0]

    def clean_amount(self) -> Decimal:
        """The amount, by the grammar of the whole house."""
        try:
            return parse_decimal(self.cleaned_data["amount"].strip())
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error


@require_GET
@staff_page(permission="deposit.read")
def show_deposits(request: HttpRequest) -> HttpResponse:
    """Deposits, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    page = read_keyset_page(
        list_deposits(text=text), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    waiting = count_waiting_deposits()
    context = {
        "title": "Deposits",
        "context_line": f"What came in for clients; {waiting or 'nothing'} under review or on its way back",
        "columns": COLUMNS,
        "page": page.map(_row),
        "search": {"value": text, "label": "Reference, profile or entity"},
        "empty": "No deposits match. One is credited when the bank or custodian reports it.",
        "actions": [{"address": reverse("ops:deposit-credit"), "label": "Credit a deposit"}]
        if has_permission(request, "deposit.credit")
        else [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="deposit.credit")
def credit(request: HttpRequest) -> HttpResponse:
    """The form; sent, it books the deposit, and what is refused stands beside its field with what was
    typed.
    """
    form = DepositForm(request.POST or None, initial={"value_date": clock.now().date()})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _book(request, form):
            return HttpResponseRedirect(reverse("ops:deposits"))
        status = 422
    context = {"form": form, "profiles": list_profile_choices()}
    return answer(request, "ops/settlement/deposit_form.html", context, status=status)


def _book(request: HttpRequest, form: DepositForm) -> bool:
    """Credit what the form says; False, with the reason in the form, when that is refused."""
    said = form.cleaned_data
    value_date: date = said["value_date"]
    try:
        deposit_id = credit_deposit(
            profile_id=said["profile"].pk,
            omnibus_id=said["omnibus"].pk,
            amount=said["amount"],
            outside_reference=said["outside_reference"],
            value_date=value_date,
            note=said["note"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return False
    told = f"{said['amount']} for {said['profile'].reference}: {said['outside_reference']}."
    if get_deposit(deposit_id=deposit_id).status == Deposit.Status.CREDITED:
        messages.success(request, f"Credited {told}", "ok")
    else:
        messages.warning(request, f"Booked, and under review: {told} The profile may not simply receive.", "warn")
    return True


def _row(deposit: Deposit) -> dict[str, Any]:
    return {"deposit": deposit, "address": reverse("ops:deposit", args=[deposit.pk])}
