"""GET /v1/firm/trial-balance, /entries and /ledger-accounts: the books, for the firm's own programs."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import (
    AmountField,
    DayField,
    IdField,
    InstantField,
    RefField,
    SignedAmountField,
    WordField,
    parse_instant,
)
from core.api.pagination import (
    Filter,
    ValueInvalid,
    id_filter,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from core.domain.decimals import at_scale
from core.domain.refusals import FieldError, Refusal
from settlement.calendar import business_date_of
from settlement.models import Entry, LedgerAccount, Posting
from settlement.queries.as_of import KINDS, AsOf, KindTotal, list_trial_totals

SCOPE = "firm:ledger"


class TrialTotalOut(ShapeOut):
    asset = RefField()
    kind = WordField(KINDS)
    accounts = serializers.IntegerField()
    debit = AmountField()
    credit = AmountField()
    balance = SignedAmountField()


class EntryPostingOut(ShapeOut):
    id = serializers.IntegerField()
    source_id = IdField()
    destination_id = IdField()
    asset = RefField()
    amount = AmountField()


class EntryOut(ShapeOut):
    id = IdField()
    kind = RefField()
    event_at = InstantField()
    recorded_at = InstantField()
    business_date = DayField()
    source_type = RefField()
    source_id = IdField()
    group_id = IdField()
    corrects_id = IdField(allow_null=True)
    narrative = serializers.CharField()
    postings = EntryPostingOut(many=True)


class LedgerAccountOut(ShapeOut):
    id = IdField()
    code = serializers.CharField()
    kind = WordField(LedgerAccount.Kind.values)
    asset = RefField(source="asset.code")
    profile_id = IdField(allow_null=True)
    balance = SignedAmountField()
    held = AmountField()
    status = WordField(LedgerAccount.Status.values)


TRIAL_TOTAL_OUT, ENTRY_OUT, LEDGER_ACCOUNT_OUT = TrialTotalOut(), EntryOut(), LedgerAccountOut()


def _reading(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def strictly(text: str) -> Any:
        try:
            value = read(text)
        except (serializers.ValidationError, ValueError):
            raise ValueInvalid from None
        if value is None:
            raise ValueInvalid
        return value

    return strictly


_DAY = _reading(DayField().to_internal_value)
MOMENTS = {
    "business_date": Filter("business_date", _DAY, kind=OpenApiTypes.DATE),
    "as_of": Filter("event_at", _reading(parse_instant), kind=OpenApiTypes.DATETIME),
    "known_at": Filter("recorded_at", _reading(parse_instant), kind=OpenApiTypes.DATETIME),
}
ENTRY_FILTERS = {
    "id": id_filter("id"),
    "kind": word_filter("kind", Entry.Kind.values),
    "source_id": id_filter("source_id"),
    "corrects_id": id_filter("corrects_id"),
    "business_date": Filter("business_date", _DAY, kind=OpenApiTypes.DATE),
}
ACCOUNT_FILTERS = {
    "id": id_filter("id"),
    "kind": word_filter("kind", LedgerAccount.Kind.values),
    "asset": ref_filter("asset__code"),
    "profile_id": id_filter("profile_id"),
}


class FirmTrialBalanceView(ApiView):
    """What each kind of account has per asset at a moment; the balances of an asset sum to zero."""

    scopes = {"GET": SCOPE}

    @extend_schema(
        operation_id="get_trial_balance",
        tags=["Firm"],
        summary="The trial balance at a moment",
        description="One of `business_date` (what counts for the days up to it), `as_of` (what had happened before it) and"
        " `known_at` (what was written before it); today's without. All lines are on one page.",
        parameters=list_parameters(MOMENTS),
        responses=page_shape(TrialTotalOut),
    )
    def get(self, request: Request) -> HttpResponse:
        firm_principal(request)
        query = read_list_query(request, MOMENTS)
        said = [AsOf(MOMENTS[name].lookup, values[0]) for name, values in query.values.items()]
        if len(said) > 1:
            fault = FieldError("/as_of", "FILTER_INVALID", "One moment on one clock.")
            raise Refusal("FILTER_INVALID", "More than one moment.", errors=[fault], status=400)
        as_of = said[0] if said else AsOf("business_date", business_date_of(clock.now()))
        # A line for each asset and kind: bounded by what is listed, and cut nowhere, or it would not end in zero.
        lines = [TRIAL_TOTAL_OUT.to_representation(_Line(each)) for each in list_trial_totals(as_of)]
        return json_answer({"items": lines, "next_cursor": None})


class FirmEntriesView(ApiView):
    """Entries with their postings."""

    scopes = {"GET": SCOPE}

    @extend_schema(
        operation_id="list_ledger_entries",
        tags=["Firm"],
        summary="Ledger entries with their postings",
        parameters=list_parameters(ENTRY_FILTERS),
        responses=page_shape(EntryOut),
    )
    def get(self, request: Request) -> HttpResponse:
        firm_principal(request)
        query = read_list_query(request, ENTRY_FILTERS)
        rows = keyset_page(query, Entry.objects.all(), at=clock.now())
        return page_answer(query, _with_postings(rows), ENTRY_OUT)


class FirmLedgerAccountsView(ApiView):
    """Ledger accounts with their balances."""

    scopes = {"GET": SCOPE}

    @extend_schema(
        operation_id="list_ledger_accounts",
        tags=["Firm"],
        summary="Ledger accounts with their balances",
        parameters=list_parameters(ACCOUNT_FILTERS),
        responses=page_shape(LedgerAccountOut),
    )
    def get(self, request: Request) -> HttpResponse:
        firm_principal(request)
        query = read_list_query(request, ACCOUNT_FILTERS)
        rows = keyset_page(query, LedgerAccount.objects.select_related("asset"), at=clock.now())
        for account in rows:
            account.balance = at_scale(account.balance, account.asset.scale)
            account.held = at_scale(account.held, account.asset.scale)
        return page_answer(query, rows, LEDGER_ACCOUNT_OUT)


class _Line:
    """A line of the trial balance at its asset's scale."""

    def __init__(self, total: KindTotal) -> None:
        self.asset, self.kind, self.accounts = total.asset, total.kind, total.accounts
        self.debit, self.credit = at_scale(total.debit, total.scale), at_scale(total.credit, total.scale)
        self.balance = at_scale(total.balance, total.scale)


class _Posting:
    """A posting with its asset by code and its amount at the asset's scale."""

    def __init__(self, posting: Posting) -> None:
        self.id, self.source_id, self.destination_id = posting.pk, posting.source_id, posting.destination_id
        self.asset, self.amount = posting.asset.code, at_scale(posting.amount, posting.asset.scale)


class _Entry:
    """An entry with its postings."""

    def __init__(self, entry: Entry, postings: list[_Posting]) -> None:
        self.postings = postings
        self._entry = entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


def _with_postings(entries: list[Any]) -> list[Any]:
    """The entries, each with its postings in their order. One statement."""
    found: dict[Any, list[_Posting]] = {entry.pk: [] for entry in entries}
    for posting in Posting.objects.filter(entry_id__in=list(found)).select_related("asset").order_by("id"):
        found[posting.entry_id].append(_Posting(posting))
    return [_Entry(entry, found[entry.pk]) for entry in entries]
