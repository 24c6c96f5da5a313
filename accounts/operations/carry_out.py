"""Carry out a wish under policy: at once where its tier asks nobody, else as a request that others decide."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.approvable import Action, Description, Execution, Payload, get_action
from accounts.domain.approving import Tier, choose_tier, payload_sha256, read_tiers
from accounts.models import ApprovalPolicy, ApprovalRequest, StaffUser
from accounts.operations.announce_approval import announce_approval
from accounts.operations.expire_approvals import end_expired
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit

# The conflicting row is locked until the end of the transaction: sums of one entity's day are exact under concurrency.
ADD_TO_TALLY = """
INSERT INTO accounts_approvaltally (id, entity_id, action, day, value) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT approval_tally_is_kept_once
DO UPDATE SET value = accounts_approvaltally.value + EXCLUDED.value RETURNING value
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done. ``payload`` is JSON of text and lists, no numbers; ``value`` is in the reporting asset.

    ``entity_id`` is the client it is for, none for the firm. One request of an action waits per subject.
    """

    action: str
    subject_type: str
    subject_id: UUID | str
    payload: Payload
    reason: str = ""
    value: Decimal | None = None
    entity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Either ``result``, because it is done, or ``approval_id``, because others must approve first."""

    approval_id: UUID | None
    result: dict[str, str] | None

    @property
    def is_pending(self) -> bool:
        return self.result is None


def carry_out(*, wish: Wish, actor: Actor, at: datetime) -> Outcome:
    """Do what ``wish`` says, or ask for it; joins the caller's transaction. The house itself (SYSTEM) asks like anybody.

    Refuses an action without a policy (422 POLICY_MISSING: closed, not open), a subject for which the same action is already
    asked for (409 APPROVAL_ALREADY_PENDING with approval_id), and whatever the action itself refuses.
    """
    action = get_action(wish.action)
    with transaction.atomic():
        policy = ApprovalPolicy.objects.filter(action=wish.action).order_by("-policy_version").first()
        if policy is None:
            raise Refusal("POLICY_MISSING", f"No policy says who approves {wish.action}.", meta={"action": wish.action})
        is_over_limit = _is_over_limit(wish, policy, at)
        tier = choose_tier(read_tiers(policy.tiers), _value_of(wish, policy), is_over_limit=is_over_limit)
        if not tier.approvals:
            return Outcome(None, action.execute(Execution(None, wish.payload, actor, (), at)))
        request = _ask(wish, action, actor, _Terms(policy, tier, is_over_limit), at)
    return Outcome(request.id, None)


@dataclass(frozen=True, slots=True)
class _Terms:
    """Under which the request is made: frozen with it."""

    policy: ApprovalPolicy
    tier: Tier
    is_over_limit: bool


def _value_of(wish: Wish, policy: ApprovalPolicy) -> Decimal | None:
    """What the tier is chosen by. Where there is only one tier, no value is needed."""
    return wish.value if len(policy.tiers) > 1 or wish.value is not None else Decimal(0)


def _is_over_limit(wish: Wish, policy: ApprovalPolicy, at: datetime) -> bool:
    """Add the value to the day's sum of the entity and action; whether the sum is above the policy's limit."""
    if not wish.value:
        return False
    with connection.cursor() as cursor:
        day = at.astimezone(UTC).date()
        cursor.execute(ADD_TO_TALLY, [new_id(), wish.entity_id, wish.action, day, wish.value])
        total = cursor.fetchone()[0]
    return policy.daily_limit is not None and bool(total > policy.daily_limit)


def _ask(wish: Wish, action: Action, actor: Actor, terms: _Terms, at: datetime) -> ApprovalRequest:
    description = action.describe(wish.payload)
    _end_what_expired(wish, at)
    request = ApprovalRequest(
        action=wish.action,
        subject_type=wish.subject_type,
        subject_id=str(wish.subject_id),
        payload=dict(wish.payload),
        payload_sha256=payload_sha256(wish.payload),
        description=description_json(description),
        value=wish.value,
        reason=wish.reason,
        entity_id=wish.entity_id,
        requested_by_kind=actor.kind,
        requested_by_id=actor.id,
        requester_person=_person_of(actor),
        requester_ip=actor.source_ip,
        request_id=actor.request_id,
        policy=terms.policy,
        tier_from_value=terms.tier.from_value,
        is_over_daily_limit=terms.is_over_limit,
        approvals_required=terms.tier.approvals,
        permission=terms.tier.permission,
        requested_at=at,
        expires_at=at + timedelta(hours=terms.policy.expires_after_hours),
        updated_at=at,
    )
    _insert(request)
    record_audit(
        actor=actor,
        action="accounts.approval.ask",
        object_type="accounts.approval",
        object_id=request.id,
        at=at,
        changes=[
            {"field": "action", "before": None, "after": request.action},
            {"field": "subject_id", "before": None, "after": request.subject_id},
            {"field": "payload_sha256", "before": None, "after": request.payload_sha256},
        ],
        reason=wish.reason,
        object_version=request.version,
        approval_id=request.id,
    )
    announce_approval(request, "requested")
    return request


def description_json(description: Description) -> dict[str, Any]:
    """The words as they are kept with the request."""
    return {
        "title": description.title,
        "changes": [list(change) for change in description.changes],
        "effect": description.effect,
    }


def _person_of(actor: Actor) -> UUID | None:
    if actor.kind != "PERSON" or actor.id is None:
        return None
    return StaffUser.objects.values_list("person_id", flat=True).get(pk=actor.id)


def _insert(request: ApprovalRequest) -> None:
    """Store it. Whoever asked first for the same subject is who is waited for, also of two at once."""
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "diag", None) is None or (
            error.__cause__.diag.constraint_name != "subject_has_one_pending_request"  # type: ignore[union-attr]
        ):
            raise
        pending = _pending_of(request.action, request.subject_type, request.subject_id).first()
        raise Refusal(
            "APPROVAL_ALREADY_PENDING",
            "The same is asked for already and waits for a decision.",
            meta={"approval_id": str(pending.pk) if pending else None},
            status=409,
        ) from None


def _pending_of(action: str, subject_type: str, subject_id: str) -> Any:
    return ApprovalRequest.objects.filter(
        action=action, subject_type=subject_type, subject_id=subject_id, status=ApprovalRequest.Status.PENDING
    )


def _end_what_expired(wish: Wish, at: datetime) -> None:
    """What is past its end and not yet swept does not stand in the way."""
    stale = _pending_of(wish.action, wish.subject_type, str(wish.subject_id)).filter(expires_at__lte=at)
    for request in stale.select_for_update(no_key=True):
        end_expired(request, at=at)
