"""One approval: what was asked, to the byte; who has decided and who still may; the decision, and taking it back."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.approvable import get_action
from accounts.models import ApprovalDecision, ApprovalRequest, StaffUser
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.carry_out import description_json
from accounts.operations.decide_approval import APPROVE, decide_approval
from accounts.pages.approvals import asker_of, expires_in, factor_of, person_of, urgency_of
from accounts.queries.actors import name_actors
from accounts.queries.approvals import (
    count_asked_today,
    get_approval,
    is_about,
    list_refused_attempts,
    list_who_may_decide,
    newest_policies,
)
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer

TEMPLATE = "ops/accounts/approval.html"
MOST_NAMED = 20
MANY_A_DAY = 3


@require_GET
@staff_page(permission="approval.read")
def show_approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The request with its frozen payload, its policy, its decisions and what speaks against it."""
    return _answer(request, approval_id)


@require_POST
@staff_page(permission="approval.read", step_up=True)
def decide_one(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Approve or reject what the page showed; what is refused stands over the form, with what was typed."""
    said = request.POST
    try:
        decided = decide_approval(
            approval_id=approval_id,
            verdict=said.get("verdict", ""),
            payload_sha256=said.get("payload_sha256", ""),
            note=said.get("note", ""),
            actor=actor_of(request),
            at=clock.now(),
            factor_at=factor_of(request),
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _answer(request, approval_id, refusal=refusal, note=said.get("note", ""))
    messages.success(request, *_told(said["verdict"], decided.status, decided.outcome_code, decided))
    return HttpResponseRedirect(reverse("ops:approval", args=[approval_id]))


def _told(verdict: str, status: str, code: str, decided: Any) -> tuple[str, str]:
    if status == "FAILED":
        return f"Approved, and then refused as it was done: {code}. Nothing was changed.", "bad"
    if verdict != APPROVE:
        return "Rejected.", "ok"
    if status == "PENDING":
        return f"Approved: {decided.given} of {decided.required}.", "ok"
    return "Approved and done.", "ok"


@require_POST
@staff_page(permission="approval.read")
def take_back(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """End what one asked for oneself."""
    try:
        cancel_approval(approval_id=approval_id, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _answer(request, approval_id, refusal=refusal)
    messages.success(request, "Taken back.", "ok")
    return HttpResponseRedirect(reverse("ops:approval", args=[approval_id]))


def _answer(request: HttpRequest, approval_id: UUID, *, refusal: Refusal | None = None, note: str = "") -> HttpResponse:
    found, at, person = get_approval(approval_id=approval_id), clock.now(), person_of(request)
    decisions = list(found.decisions.select_related("approver").order_by("id"))
    is_open = found.is_pending and found.expires_at > at
    now_said, now_refused = _as_it_is_now(found) if is_open else (None, "")
    context = {
        "request_": found,
        "given": vars(found)["given"],
        "asker": asker_of(found, name_actors([found.requested_by_id])),
        "expires": expires_in(found.expires_at, at),
        "urgency": urgency_of(found.expires_at, at),
        "payload": json.dumps(found.payload, indent=2, ensure_ascii=False, sort_keys=True),
        "changes": found.changes,
        "decisions": [_describe_decision(each, found) for each in decisions],
        "attempts": _describe_attempts(found),
        "may_decide": list(list_who_may_decide(found)[:MOST_NAMED]) if is_open else [],
        "is_open": is_open,
        "is_own": found.requester_person == person.person_id,
        "why_not": _why_not(found, person, decisions),
        "warnings": [*_warnings(request, found), *now_refused_words(now_said, now_refused, found)],
        "now_said": now_said if now_said and now_said["changes"] != found.changes else None,
        "refusal": refusal,
        "note": note,
    }
    return answer(request, TEMPLATE, context, status=refusal.status if refusal else 200)


def _as_it_is_now(found: ApprovalRequest) -> tuple[dict[str, Any] | None, str]:
    """The same wish described at this moment; or the code with which it would be refused by now."""
    try:
        return json.loads(json.dumps(description_json(get_action(found.action).describe(found.payload)))), ""
    except Refusal as refusal:
        return None, f"{refusal.detail} ({refusal.code})"


def now_refused_words(now_said: dict[str, Any] | None, now_refused: str, found: ApprovalRequest) -> list[str]:
    """What has changed about the subject since it was asked."""
    if now_refused:
        return [f"It would be refused by now: {now_refused}"]
    if now_said and now_said["changes"] != found.changes:
        return ["What it changes is not what it was when it was asked: see below."]
    return []


def _describe_decision(decision: ApprovalDecision, found: ApprovalRequest) -> dict[str, Any]:
    lapsed = found.is_pending and decision.verdict == APPROVE and not decision.approver.has_permission(found.permission)
    return {"decision": decision, "is_lapsed": lapsed}


def _describe_attempts(found: ApprovalRequest) -> list[dict[str, Any]]:
    """Who tried to decide and was refused: a name, the code, when."""
    entries = list(list_refused_attempts(found)[:MOST_NAMED])
    names = name_actors(entry.actor_id for entry in entries)
    return [
        {
            "name": names.get(str(entry.actor_id), entry.actor_kind.capitalize()),
            "code": next(each["after"] for each in entry.changes if each["field"] == "code"),
            "at": entry.event_at,
        }
        for entry in entries
    ]


def _why_not(found: ApprovalRequest, person: StaffUser, decisions: list[ApprovalDecision]) -> str:
    if found.requester_person == person.person_id:
        return "You asked for this: somebody else decides it."
    if is_about(found, person):
        return "It is about yourself: somebody else decides it."
    if any(decision.approver_person == person.person_id for decision in decisions):
        return "You have decided on it."
    if not person.has_permission(found.permission):
        return f"Deciding takes the permission {found.permission}."
    return ""


def _warnings(request: HttpRequest, found: ApprovalRequest) -> list[str]:
    """What somebody who decides should know first."""
    said = []
    policy = newest_policies()[found.action]
    if policy.policy_version != found.policy.policy_version:
        said.append(f"The policy has moved since to version {policy.policy_version}: this request keeps its own.")
    if found.is_over_daily_limit:
        said.append("With it the day's limit of its policy is passed: the highest tier applies.")
    same_day = count_asked_today(found)
    if same_day >= MANY_A_DAY:
        said.append(f"{same_day} requests of this kind by the same asker that day.")
    if found.requester_ip and found.requester_ip == request.META.get("REMOTE_ADDR"):
        said.append(f"It was asked from the address that you use now, {found.requester_ip}.")
    return said
