"""Identities: what waits for compliance, what is due, what is under control."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from accounts.operations.find_person_by_details import find_person_by_details
from accounts.pages.entities import identity_cells
from accounts.queries.desk_clients import (
    ALL,
    REVIEW,
    TABS,
    count_tabs,
    identity_rows,
    list_desk_identities,
    list_identities_of_subjects,
)
from core import clock
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from core.pages.keyset import KeysetPage, read_keyset_page

TAB_WORDS = {
    "REVIEW": "To review",
    "REFRESH": "Refresh due",
    "CONTROLLED": "Under control",
    "ALL": "All",
}
EMPTY_WORDS = {
    "REVIEW": "Nothing waits for a review.",
    "REFRESH": "No refresh is due: the next ones are 30 days or more ahead.",
    "CONTROLLED": "No identity is under a control.",
    "ALL": "No identities match.",
}


@require_GET
@staff_page(permission="identity.read")
def show_identities(request: HttpRequest) -> HttpResponse:
    """Identities of a tab, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    tab = request.GET.get("tab", ALL if text else REVIEW)
    tab = tab if tab in TABS else REVIEW
    found = read_keyset_page(
        list_desk_identities(tab=tab, text=text),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    page = KeysetPage(_cells(found.rows), found.newer, found.older)
    return _answer(request, tab, page, {"text": text, "empty": "No identities match." if text else EMPTY_WORDS[tab]})


@require_POST
@staff_page(permission="identity.read")
def find_person(request: HttpRequest) -> HttpResponse:
    """The identities of whoever has exactly this name, e-mail, phone or number. Sent, not addressed: what names a person belongs
    in no address, and the search is in the audit, without what was searched for.
    """
    text = request.POST.get("text", "").strip()[:200]
    subjects = find_person_by_details(text=text, actor=actor_of(request), at=clock.now()) if text else []
    rows = list(list_identities_of_subjects(subjects))
    empty = "Nobody is known by exactly this name, e-mail, phone or number."
    return _answer(request, ALL, KeysetPage(_cells(rows), None, None), {"text": "", "empty": empty})


def _cells(identities: Sequence[Any]) -> list[dict[str, Any]]:
    return [identity_cells(row) for row in identity_rows(identities, today=clock.now().date())]


def _answer(request: HttpRequest, tab: str, page: KeysetPage[Any], said: dict[str, str]) -> HttpResponse:
    counts = count_tabs()
    context = said | {
        "tabs": [{"tab": each, "word": TAB_WORDS[each], "count": counts[each]} for each in TABS],
        "tab": tab,
        "page": page,
    }
    return answer(request, "ops/accounts/identities.html", context, parts=("list",))
