"""The ledger: accounts with balances, the trial balance, and the postings of one account."""

from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from core.templatetags.ops import READ_DIGITS
from settlement.models import LedgerAccount, Posting
from settlement.queries.accounts import (
    AccountFilter,
    account_row,
    get_account,
    list_accounts,
    list_trial_balances,
)
from settlement.queries.holding import unlawful_balances
from settlement.queries.postings import list_postings, posting_row

ACCOUNT_COLUMNS = (
    Column("title", "Account", link="address", cut=True),
    Column("kind", "Kind", "word"),
    Column("status", "Status", "chip", noun="ledger_account"),
    Column("owner", "Owner", cut=True),
    Column("balance", "Balance", "money", "fill", "payment_scale", "asset"),
    Column("held", "Held", "money", "fill", "payment_scale"),
    Column("available", "Available", "money", "fill", "payment_scale"),
)
POSTING_COLUMNS = (
    Column("event_at", "Time (UTC)", "time"),
    Column("entry_id", "Entry", "id"),
    Column("kind", "Why", "word"),
    Column("source", "From", link="source_address"),
    Column("destination", "To", link="destination_address"),
    Column("change", "Change", "money", "scale", "payment_scale", "asset"),
    Column("business_date", "Business date", "day"),
    Column("narrative", "Narrative"),
)


@require_GET
@staff_page(permission="ledger.read")
def show_ledger(request: HttpRequest) -> HttpResponse:
    """Ledger accounts with their balances; the firm's own and clients', and per asset the sum that is
    zero.
    """
    kind = request.GET.get("kind", "")
    account_filter = AccountFilter(
        kind=kind if kind in LedgerAccount.Kind.values else "",
        asset=request.GET.get("asset", "")[:16],
        text=request.GET.get("text", "").strip()[:100],
    )
    found = read_keyset_page(
        list_accounts(account_filter),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    trial = list_trial_balances()
    context = {
        "columns": ACCOUNT_COLUMNS,
        "page": found.map(_account),
        "filter": account_filter,
        "kinds": LedgerAccount.Kind.values,
        # Those that have accounts: there is nothing to filter of others.
        "assets": [line.asset for line in trial],
        "trial": trial,
        "unlawful": unlawful_balances(),
        "empty": "No accounts match these filters.",
    }
    return answer(request, "ops/settlement/ledger.html", context, parts=("list",))


@require_GET
@staff_page(permission="ledger.read")
def show_account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: what it holds, and every posting that made it so, newest first."""
    account = get_account(account_id)
    found = read_keyset_page(
        list_postings(account), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "account": account,
        "row": account_row(account),
        "columns": POSTING_COLUMNS,
        "page": found.map(partial(_posting, seen_from=account.pk)),
        "empty": "Nothing has been posted to this account.",
    }
    return answer(request, "ops/settlement/account.html", context, parts=("list",))


def _account(account: LedgerAccount) -> dict[str, Any]:
    """A row of the list. Assets differ in digits, so all are filled up to one width."""
    address = reverse("ops:ledger-account", args=[account.pk])
    return asdict(account_row(account)) | {"fill": READ_DIGITS, "address": address}


def _posting(posting: Posting, *, seen_from: UUID) -> dict[str, Any]:
    row = posting_row(posting, seen_from=seen_from)
    return asdict(row) | {
        "source_address": reverse("ops:ledger-account", args=[row.source_id]),
        "destination_address": reverse("ops:ledger-account", args=[row.destination_id]),
    }
