"""The general ledger: entries by day, kind and account, and one entry with its postings and corrections."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.queries.actors import name_actors
from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page
from settlement.models import Entry
from settlement.pages.days_said import read_day
from settlement.queries.accounts import find_account
from settlement.queries.entries import EntryFilter, get_entry, list_corrections, list_entries, list_siblings
from settlement.queries.postings import PostingRow, list_postings_of_entries

ENTRIES_A_PAGE = 100


@require_GET
@staff_page(permission="ledger.read")
def show_entries(request: HttpRequest) -> HttpResponse:
    """Entries, newest first, each with what it moved."""
    looked_for, account, fault = _filter_of(request)
    page = read_keyset_page(
        list_entries(looked_for),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=ENTRIES_A_PAGE,
    )
    moved: dict[UUID, list[PostingRow]] = defaultdict(list)
    for posting in reversed(list_postings_of_entries([entry.pk for entry in page.rows])):
        moved[posting.entry_id].append(posting)
    context = {
        "looked_for": looked_for,
        "account": account,
        "fault": fault,
        "kinds": Entry.Kind.values,
        "page": page.map(
            lambda entry: {"entry": entry, "first": moved[entry.pk][:1], "more": len(moved[entry.pk]) - 1}
        ),
    }
    return answer(request, "ops/settlement/entries.html", context, parts=("list",), status=422 if fault else 200)


@require_GET
@staff_page(permission="ledger.read")
def show_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry: why, what moved, what it corrects and what corrects it."""
    entry = get_entry(entry_id)
    context = {
        "entry": entry,
        "who": name_actors([entry.actor_id]).get(str(entry.actor_id), ""),
        "postings": list(reversed(list_postings_of_entries([entry.pk]))),
        "corrections": list_corrections(entry),
        "siblings": list_siblings(entry),
        "source": _source(entry),
    }
    return answer(request, "ops/settlement/entry.html", context)


def _filter_of(request: HttpRequest) -> tuple[EntryFilter, str, str]:
    """What is looked for, the account as it was said, and what is wrong with it in words."""
    day, fault = read_day(request.GET.get("day", "")[:20])
    kind = request.GET.get("kind", "")
    said = request.GET.get("account", "").strip()[:100]
    account = find_account(said) if said else None
    if said and account is None:
        fault = "There is no account of this code or id."
    looked_for = EntryFilter(
        day=day, kind=kind if kind in Entry.Kind.values else "", account_id=account.pk if account else None
    )
    return looked_for, account.code if account else said, fault


_SOURCES = {
    "settlement.deposit": "ops:deposit",
    "settlement.withdrawal": "ops:withdrawal",
    "settlement.manual_journal": "ops:journal",
    "settlement.internal_transfer": "ops:transfer",
}


def _source(entry: Entry) -> dict[str, Any]:
    """What the entry is of, and its page where it has one."""
    page = _SOURCES.get(entry.source_type)
    address = reverse(page, args=[entry.source_id]) if page else ""
    return {"type": entry.source_type, "id": entry.source_id, "address": address}
