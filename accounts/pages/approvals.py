"""The inbox of approvals: what waits for me, what waits at all, what was decided, what I asked for; and decisions in bulk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.approvable import get_action, known_actions
from accounts.models import ApprovalRequest, StaffUser
from accounts.operations.decide_approval import APPROVE, REJECT, decide_approval
from accounts.queries.actors import name_actors
from accounts.queries.approvals import accounts_of, asked_by, count_inbox, decidable_by, list_approvals
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import FACTOR_AT, actor_of, staff_page
from core.pages.answers import answer
from core.pages.keyset import KeysetPage, read_keyset_page

MINE, PENDING, DECIDED, ASKED = "mine", "pending", "decided", "asked"
TABS = {MINE: "Mine to decide", PENDING: "All pending", DECIDED: "Decided", ASKED: "Asked by me"}
EMPTY = {
    MINE: "Nothing waits for you.",
    PENDING: "Nothing waits for a decision.",
    DECIDED: "Nothing has been decided yet.",
    ASKED: "You have asked for nothing.",
}
MOST_SHOWN = 200
MOST_AT_ONCE = 50
SOON, VERY_SOON = timedelta(hours=2), timedelta(minutes=15)
TEMPLATE = "ops/accounts/approvals.html"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one item of a bulk decision."""

    request_id: str
    title: str
    status: str
    words: str
    is_done: bool


def person_of(request: HttpRequest) -> StaffUser:
    """Who looks at the page."""
    assert isinstance(request.user, StaffUser)
    return request.user


def factor_of(request: HttpRequest) -> datetime | None:
    """When this session's person last used a second factor."""
    last = request.session.get(FACTOR_AT)
    return datetime.fromisoformat(last) if last else None


@require_GET
@staff_page(permission="approval.read")
def show_approvals(request: HttpRequest) -> HttpResponse:
    """One tab of the inbox: what expires first stands first, of what is over the newest."""
    return _answer(request, request.GET.get("tab", MINE))


@require_POST
@staff_page(permission="approval.read", step_up=True)
def decide_chosen(request: HttpRequest) -> HttpResponse:
    """Decide on the chosen requests with one verdict and note; each is its own operation and transaction.

    What was refused is listed with its code and stays chosen. What is decided one by one is not among them.
    """
    verdict = request.POST.get("verdict", "")
    chosen = request.POST.getlist("approval")
    if not chosen or verdict not in (APPROVE, REJECT):
        messages.error(request, "Choose what you decide on first.", "warn")
        return HttpResponseRedirect(reverse("ops:approvals"))
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, f"At most {MOST_AT_ONCE} are decided at once: nothing was decided.", "bad")
        return HttpResponseRedirect(reverse("ops:approvals"))
    results = [_decide_one(request, each, verdict) for each in dict.fromkeys(chosen)]
    if all(result.is_done for result in results):
        count = len(results)
        done = "Approved" if verdict == APPROVE else "Rejected"
        messages.success(request, f"{done} {count} request{'' if count == 1 else 's'}.", "ok")
        return HttpResponseRedirect(reverse("ops:approvals"))
    return _answer(request, MINE, results=results, status=409)


def _decide_one(request: HttpRequest, chosen: str, verdict: str) -> Result:
    """``chosen`` is the request's id and the hash of what was on the page, with a colon between."""
    text, _, sha256 = chosen.partition(":")
    try:
        found = ApprovalRequest.objects.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        return Result(text, "An id that is none", "", "There is no such request.", is_done=False)
    try:
        if get_action(found.action).is_alone:
            raise Refusal("DECIDED_ALONE", "This kind is decided one by one.")
        decided = decide_approval(
            approval_id=found.pk,
            verdict=verdict,
            payload_sha256=sha256,
            note=request.POST.get("note", ""),
            actor=actor_of(request),
            at=clock.now(),
            factor_at=factor_of(request),
        )
    except Refusal as refusal:
        return Result(text, found.title, "", f"{refusal.detail} ({refusal.code})", is_done=False)
    words = f"{decided.given} of {decided.required}" if decided.status == "PENDING" else decided.outcome_code
    return Result(text, found.title, decided.status, words, is_done=decided.status != "FAILED")


def _answer(request: HttpRequest, tab: str, *, results: list[Result] | None = None, status: int = 200) -> HttpResponse:
    tab, at, person = tab if tab in TABS else MINE, clock.now(), person_of(request)
    counts = count_inbox(person, at=at)
    numbers = {MINE: counts.mine, PENDING: counts.pending, ASKED: counts.asked}
    page = _read_page(request, tab, person, at)
    names = name_actors(row.requested_by_id for row in page.rows)
    accounts = accounts_of(person)
    kept = {result.request_id for result in results or () if not result.is_done}
    context = {
        "tab": tab,
        "tabs": [{"tab": key, "word": word, "count": numbers.get(key)} for key, word in TABS.items()],
        "rows": [_describe(row, person, names, kept, at, accounts) for row in page.rows],
        "page": page,
        "empty": EMPTY[tab],
        "is_list_of_pending": tab in (MINE, PENDING),
        "left_out": max(0, numbers.get(tab, 0) - MOST_SHOWN) if tab in (MINE, PENDING) else 0,
        "most": MOST_AT_ONCE,
        "results": results,
    }
    return answer(request, TEMPLATE, context, parts=("list",), status=status)


def _read_page(request: HttpRequest, tab: str, person: StaffUser, at: datetime) -> KeysetPage[ApprovalRequest]:
    rows = list_approvals()
    if tab in (MINE, PENDING):
        waiting = rows.filter(decidable_by(person, at=at) if tab == MINE else Q(status="PENDING"))
        return KeysetPage(list(waiting.order_by("expires_at", "id")[:MOST_SHOWN]), None, None)
    rows = rows.exclude(status="PENDING") if tab == DECIDED else rows.filter(asked_by(person))
    return read_keyset_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))


def _describe(
    row: ApprovalRequest,
    person: StaffUser,
    names: dict[str, str],
    kept: set[str],
    at: datetime,
    accounts: set[UUID],
) -> dict[str, Any]:
    """A row as it is shown; ``why_not`` says why it cannot be chosen."""
    is_own = row.requester_person == person.person_id
    return {
        "request": row,
        "given": vars(row)["given"],
        "asker": asker_of(row, names),
        "is_own": is_own,
        "why_not": _why_not(row, person, is_own=is_own, is_about=not accounts.isdisjoint(row.subject_staff_ids)),
        "is_chosen": str(row.pk) in kept,
        "expires": expires_in(row.expires_at, at),
        "urgency": urgency_of(row.expires_at, at),
    }


def _why_not(row: ApprovalRequest, person: StaffUser, *, is_own: bool, is_about: bool) -> str:
    if is_own:
        return "You asked for this"
    if not row.is_pending:
        return "It is decided"
    if is_about:
        return "It is about yourself"
    if not person.has_permission(row.permission):
        return f"Needs {row.permission}"
    return "One by one" if row.action in known_actions() and get_action(row.action).is_alone else ""


def asker_of(row: ApprovalRequest, names: dict[str, str]) -> str:
    """Who asked, by name: a member of staff, a program by its label, or the house itself."""
    if row.requested_by_kind == "SYSTEM":
        return "The house"
    return names.get(str(row.requested_by_id), row.requested_by_kind.capitalize())


def expires_in(expires_at: datetime, at: datetime) -> str:
    """How long there is still, in one unit."""
    left = expires_at - at
    if left <= timedelta(0):
        return "over"
    minutes = int(left.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def urgency_of(expires_at: datetime, at: datetime) -> str:
    """The tone of the time left: red under 15 minutes, amber under 2 hours."""
    left = expires_at - at
    return "bad" if left < VERY_SOON else "warn" if left < SOON else ""
