"""Decide on what somebody asked for. The last approval executes it, in the same transaction and exactly once."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.approvable import Execution, get_action
from accounts.domain.approving import (
    ALWAYS_APPROVED,
    EXPIRED,
    FRESH_FACTOR_SECONDS,
    REJECTED,
    is_factor_fresh,
    payload_sha256,
)
from accounts.models import ApprovalDecision, ApprovalRequest, StaffUser
from accounts.operations.announce_approval import announce_approval
from accounts.operations.end_wish import end_wish
from accounts.operations.move_staff import lock_administrators
from accounts.queries.approvals import REFUSED, is_about
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

APPROVE, REJECT = ApprovalDecision.Verdict.APPROVE, ApprovalDecision.Verdict.REJECT


@dataclass(frozen=True, slots=True)
class Decided:
    """What the decision came to: the request's status now, how many approvals count of how many, and whose no longer do
    because they lost the right meanwhile.
    """

    status: str
    given: int
    required: int
    outcome_code: str = ""
    lapsed: tuple[UUID, ...] = ()
    result: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Saying:
    """What one person says, from where and when."""

    verdict: str
    payload_sha256: str
    note: str
    actor: Actor
    factor_at: datetime | None
    at: datetime


def decide_approval(  # noqa: PLR0913 - what a decision consists of
    *,
    approval_id: UUID,
    verdict: str,
    payload_sha256: str,
    note: str,
    actor: Actor,
    at: datetime,
    factor_at: datetime | None = None,
) -> Decided:
    """Record APPROVE or REJECT of one person; the last APPROVE executes. One REJECT ends it.

    ``payload_sha256`` is of what the person saw, ``factor_at`` when that person last used a second factor. Where the action is
    refused as it executes, the request is FAILED with that code and nothing else is written.

    Refuses: whoever is no person (403 DECIDER_IS_NO_PERSON), has not the permission now (403 PERMISSION_MISSING), asked for it
    by this or another account (422 APPROVER_IS_REQUESTER), or is whom it is about (422 APPROVER_IS_SUBJECT); a request decided,
    or decided by this human, already (409 APPROVAL_ALREADY_DECIDED); one past its end (409 APPROVAL_EXPIRED); another payload
    (422 PAYLOAD_CHANGED); a second factor older than five minutes (403 SECOND_FACTOR_NEEDED); a rejection without a note (422
    NOTE_MISSING). An attempt that is refused stands on the record, in a transaction of its own.
    """
    if verdict not in ApprovalDecision.Verdict.values:
        raise Refusal("REQUEST_INVALID", f"{verdict} is no verdict.", status=400)
    saying = _Saying(verdict, payload_sha256, note.strip(), actor, factor_at, at)
    try:
        return _decide(approval_id, saying)
    except NotFound:
        raise
    except Refusal as refusal:
        _record_refusal(approval_id, saying, refusal)
        raise


def _decide(approval_id: UUID, saying: _Saying) -> Decided:
    with transaction.atomic(durable=True):
        request = (
            ApprovalRequest.objects.select_for_update(no_key=True, of=("self",))
            .select_related("policy")
            .filter(pk=approval_id)
            .first()
        )
        if request is None:
            raise NotFound("approval")
        decider = _person_who_says(saying)
        if request.action in ALWAYS_APPROVED:
            lock_administrators()
        decisions = list(ApprovalDecision.objects.filter(request=request).order_by("id"))
        people = _lock_people(decider, request, decisions)
        person = people.get(decider)
        if person is None:
            raise NotFound("approval")
        _refuse_person(request, person)
        _refuse_moment(request, person, decisions, saying)
        _refuse_content(request, saying)
        decisions.append(_record(request, person, saying))
        if saying.verdict == REJECT:
            return _reject(request, saying)
        return _approve(request, decisions, people, saying)


def _person_who_says(saying: _Saying) -> UUID:
    if saying.actor.kind != "PERSON" or saying.actor.id is None:
        raise Refusal("DECIDER_IS_NO_PERSON", "Only a person decides; no program does.", status=403)
    return saying.actor.id


def _record_refusal(approval_id: UUID, saying: _Saying, refusal: Refusal) -> None:
    """The attempt stands on the record, though nothing came of it: what it wrote is rolled back by now."""
    with transaction.atomic(durable=True):
        record_audit(
            actor=saying.actor,
            action=REFUSED,
            object_type="accounts.approval",
            object_id=approval_id,
            at=saying.at,
            changes=[
                {"field": "verdict", "before": None, "after": saying.verdict},
                {"field": "code", "before": None, "after": refusal.code},
            ],
            approval_id=approval_id,
        )


def _lock_people(deciding: UUID, request: ApprovalRequest, decisions: list[ApprovalDecision]) -> dict[UUID, StaffUser]:
    """Everybody whose right is asked about, and every account of whom it is about, by id: in one order for all decisions.

    Nobody of them is suspended, or given another role, between being asked and the commit.
    """
    ids = {deciding, *(decision.approver_id for decision in decisions)}
    about = StaffUser.objects.filter(pk__in=request.subject_staff_ids).values("person_id")
    people = StaffUser.objects.select_for_update(no_key=True).filter(Q(pk__in=ids) | Q(person_id__in=about))
    return {person.pk: person for person in people.order_by("pk")}


def _refuse_person(request: ApprovalRequest, person: StaffUser) -> None:
    if person.pk == request.requested_by_id or person.person_id == request.requester_person:
        raise Refusal("APPROVER_IS_REQUESTER", "You asked for this; somebody else decides it.")
    if is_about(request, person):
        raise Refusal("APPROVER_IS_SUBJECT", "It is about yourself; somebody else decides it.")
    if not person.has_permission(request.permission):
        raise Refusal(
            "PERMISSION_MISSING",
            f"Deciding this takes the permission {request.permission}.",
            meta={"permission": request.permission},
            status=403,
        )


def _refuse_moment(
    request: ApprovalRequest, person: StaffUser, decisions: list[ApprovalDecision], saying: _Saying
) -> None:
    has_decided = any(decision.approver_person == person.person_id for decision in decisions)
    if request.status == EXPIRED or (request.is_pending and request.expires_at <= saying.at):
        raise Refusal(
            "APPROVAL_EXPIRED",
            f"It could be decided until {request.expires_at:%-d %b %H:%M} UTC.",
            meta={"expires_at": request.expires_at.isoformat()},
            status=409,
        )
    if not request.is_pending or has_decided:
        words = "You have decided this already." if has_decided else f"It is {request.status} already."
        raise Refusal("APPROVAL_ALREADY_DECIDED", words, meta={"status": request.status}, status=409)
    if request.policy.needs_reauthentication and not is_factor_fresh(saying.factor_at, at=saying.at):
        raise Refusal(
            "SECOND_FACTOR_NEEDED",
            f"Deciding takes a second factor of the last {FRESH_FACTOR_SECONDS // 60} minutes.",
            status=403,
        )


def _refuse_content(request: ApprovalRequest, saying: _Saying) -> None:
    # What was seen, what was stored, and what is stored now: all three are the same bytes.
    if not saying.payload_sha256 == request.payload_sha256 == payload_sha256(request.payload):
        raise Refusal(
            "PAYLOAD_CHANGED",
            "This is not what you saw. Look at it again before you decide.",
            meta={"payload_sha256": request.payload_sha256},
        )
    if saying.verdict == REJECT and not saying.note:
        raise Refusal("NOTE_MISSING", "Say why you reject it.")


def _record(request: ApprovalRequest, person: StaffUser, saying: _Saying) -> ApprovalDecision:
    decision = ApprovalDecision.objects.create(
        request=request,
        approver=person,
        approver_person=person.person_id,
        requester_id=request.requested_by_id,
        requester_person=request.requester_person,
        verdict=saying.verdict,
        payload_sha256=saying.payload_sha256,
        note=saying.note,
        factor_at=saying.factor_at,
        source_ip=saying.actor.source_ip,
        decided_at=saying.at,
    )
    record_audit(
        actor=saying.actor,
        action=f"accounts.approval.{saying.verdict.lower()}",
        object_type="accounts.approval",
        object_id=request.id,
        at=saying.at,
        changes=[{"field": "payload_sha256", "before": None, "after": saying.payload_sha256}],
        reason=saying.note,
        object_version=request.version,
        approval_id=request.id,
    )
    return decision


def _reject(request: ApprovalRequest, saying: _Saying) -> Decided:
    request.mark_ended(REJECTED, at=saying.at)
    announce_approval(request, "rejected")
    end_wish(request, actor=saying.actor, at=saying.at)
    return Decided(request.status, 0, request.approvals_required)


def _approve(
    request: ApprovalRequest, decisions: list[ApprovalDecision], people: dict[UUID, StaffUser], saying: _Saying
) -> Decided:
    counted = [each.approver_id for each in decisions if people[each.approver_id].has_permission(request.permission)]
    lapsed = tuple(each.approver_id for each in decisions if each.approver_id not in counted)
    required = request.approvals_required
    if len(counted) < required:
        announce_approval(request, "approved_in_part", given=len(counted))
        return Decided(request.status, len(counted), required, lapsed=lapsed)
    request.mark_approved(approvers=counted, at=saying.at)
    announce_approval(request, "granted", given=len(counted))
    _execute(request, tuple(counted), saying.at)
    return Decided(
        request.status, len(counted), required, request.outcome_code, lapsed=lapsed, result=request.result or {}
    )


def _execute(request: ApprovalRequest, approvers: tuple[UUID, ...], at: datetime) -> None:
    requester = Actor(request.requested_by_kind, request.requested_by_id, request.request_id, request.requester_ip)
    execution = Execution(request.id, request.payload, requester, approvers, at)
    try:
        with transaction.atomic():
            result = get_action(request.action).execute(execution)
    except Refusal as refusal:
        request.mark_failed(code=refusal.code, detail=refusal.detail, at=at)
        announce_approval(request, "failed", given=len(approvers))
        end_wish(request, actor=requester, at=at)
        return
    request.mark_executed(result=result, at=at)
    announce_approval(request, "executed", given=len(approvers))
