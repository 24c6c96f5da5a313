"""Identities: what waits for compliance, what is due, what is under control."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.pages.entities import identity_cells
from accounts.queries.desk_clients import ALL, REVIEW, TABS, count_tabs, identity_rows, list_desk_identities
from accounts.queries.details import find_subjects
from core import clock
from core.pages.access import staff_page
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
# Details that a whole value finds without anybody seeing them: the vault compares marks of them.
FOUND_BY = ("full_name", "email", "phone", "national_id", "tax_id")


@require_GET
@staff_page(permission="identity.read")
def show_identities(request: HttpRequest) -> HttpResponse:
    """Identities of a tab, newest first; a name or number is found whole, for the vault shows no parts of it."""
    text = request.GET.get("text", "").strip()[:100]
    tab = request.GET.get("tab", ALL if text else REVIEW)
    tab = tab if tab in TABS else REVIEW
    subjects: set[UUID] = set()
    for field in FOUND_BY if text else ():
        subjects |= set(find_subjects(field, text))
    found = read_keyset_page(
        list_desk_identities(tab=tab, text=text, subject_ids=subjects),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    rows = [identity_cells(row) for row in identity_rows(found.rows, today=clock.now().date())]
    counts = count_tabs()
    context = {
        "tabs": [{"tab": each, "word": TAB_WORDS[each], "count": counts[each]} for each in TABS],
        "tab": tab,
        "text": text,
        "page": KeysetPage(rows, found.newer, found.older),
        "empty": "No identities match. A person is found by the whole name, e-mail, phone or number."
        if text
        else EMPTY_WORDS[tab],
    }
    return answer(request, "ops/accounts/identities.html", context, parts=("list",))
