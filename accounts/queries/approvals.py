"""What waits for approval, for whom, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from accounts.domain.approving import PENDING
from accounts.models import ApiCredential, ApprovalDecision, ApprovalPolicy, ApprovalRequest, StaffUser
from accounts.models.approval_request import STAFF
from accounts.queries.staff_rights import list_holders
from core.domain.refusals import NotFound
from core.models import AuditEntry

REFUSED = "accounts.approval.refuse"
GIVEN = Count("decisions", filter=Q(decisions__verdict="APPROVE"))


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many requests stand behind each tab; of decided ones nobody asks how many."""

    mine: int
    pending: int
    asked: int


def list_approvals() -> QuerySet[ApprovalRequest]:
    """All requests with their policy and entity; ``given`` is the number of approvals said."""
    return ApprovalRequest.objects.select_related("policy", "entity").annotate(given=GIVEN)


def list_entity_approvals(*, entity_id: UUID) -> QuerySet[ApprovalRequest]:
    """What programs of the entity asked for. What the firm's people ask about a client is the firm's own."""
    programs = ApiCredential.objects.filter(entity_id=entity_id).values("pk")
    return list_approvals().filter(requested_by_kind="CREDENTIAL", requested_by_id__in=programs)


def access_approval(*, approval_id: UUID, entity_id: UUID) -> ApprovalRequest:
    """The request, if a program of the entity asked for it; otherwise there is no such request."""
    request = list_entity_approvals(entity_id=entity_id).filter(pk=approval_id).first()
    if request is None:
        raise NotFound("approval")
    return request


def get_approval(*, approval_id: UUID) -> ApprovalRequest:
    """The request, for staff."""
    request = list_approvals().filter(pk=approval_id).first()
    if request is None:
        raise NotFound("approval")
    return request


def decidable_by(person: StaffUser, *, at: datetime) -> Q:
    """Pending requests that this person may decide now: holds the permission, did not ask, is not whom it is about, has not
    decided, is in time.
    """
    decided = ApprovalDecision.objects.filter(request_id=OuterRef("pk"), approver_person=person.person_id)
    return (
        Q(status=PENDING, permission__in=person.held_permissions, expires_at__gt=at)
        & ~asked_by(person)
        & ~about(person)
        & ~Q(Exists(decided))
    )


def asked_by(person: StaffUser) -> Q:
    """What this human asked for, by any account."""
    return Q(requester_person__isnull=False, requester_person=person.person_id)


def about(person: StaffUser) -> Q:
    """What is asked for about this human, by any account."""
    accounts = StaffUser.objects.filter(person_id=person.person_id).annotate(text=Cast("pk", CharField()))
    return Q(subject_type=STAFF, subject_id__in=accounts.values("text"))


def accounts_of(person: StaffUser) -> set[UUID]:
    """Every account of this human."""
    return set(StaffUser.objects.filter(person_id=person.person_id).values_list("pk", flat=True))


def is_about(request: ApprovalRequest, person: StaffUser) -> bool:
    """Whether this human, by any account, is whom the request is about."""
    return bool(request.subject_staff_ids) and not accounts_of(person).isdisjoint(request.subject_staff_ids)


def list_refused_attempts(request: ApprovalRequest) -> QuerySet[AuditEntry]:
    """Decisions on it that were tried and refused, the newest first, as the record has them."""
    return AuditEntry.objects.filter(object_id=str(request.pk), action=REFUSED).order_by("-id")


def count_inbox(person: StaffUser, *, at: datetime) -> InboxCounts:
    """The numbers on the tabs, in one statement."""
    found = ApprovalRequest.objects.filter(status=PENDING).aggregate(
        mine=Count("pk", filter=decidable_by(person, at=at)),
        pending=Count("pk"),
        asked=Count("pk", filter=asked_by(person)),
    )
    return InboxCounts(found["mine"], found["pending"], found["asked"])


def list_pending_of_subject(*, subject_type: str, subject_id: str) -> QuerySet[ApprovalRequest]:
    """What is asked for about one thing and waits, one of each action at most."""
    waiting = list_approvals().filter(subject_type=subject_type, subject_id=subject_id, status=PENDING)
    return waiting.order_by("expires_at", "id")


def count_asked_today(request: ApprovalRequest) -> int:
    """How many requests of its kind the same asker made on the day (UTC) it was asked, itself among them."""
    same = ApprovalRequest.objects.filter(action=request.action, requested_at__date=request.requested_at.date())
    return same.filter(requested_by_kind=request.requested_by_kind, requested_by_id=request.requested_by_id).count()


def newest_policies() -> dict[str, ApprovalPolicy]:
    """The policy in force of each action."""
    return {policy.action: policy for policy in ApprovalPolicy.objects.order_by("action", "policy_version")}


def count_decidable(person: StaffUser, *, at: datetime) -> int:
    """What waits for this person: the number in the sidebar."""
    return ApprovalRequest.objects.filter(decidable_by(person, at=at)).count()


def list_who_may_decide(request: ApprovalRequest) -> QuerySet[StaffUser]:
    """Who still may: active holders of the permission, without who asked, whom it is about and who decided, by any
    account.
    """
    out = {each.approver_person for each in request.decisions.all()} | {request.requester_person}
    out |= set(StaffUser.objects.filter(pk__in=request.subject_staff_ids).values_list("person_id", flat=True))
    return list_holders(request.permission).exclude(person_id__in=[each for each in out if each]).order_by("name", "pk")
