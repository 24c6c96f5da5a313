"""Give a client a schedule of its own: asked for under FEE_ASSIGNMENT, in force from a moment on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.approvable import Description, Execution, Payload
from accounts.models import Entity, Profile
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit
from settlement.operations.change_limit import refuse_past
from trading.models import FeeAssignment, FeeSchedule, Market
from trading.operations.follow_fees import lock_fees, work_out_plans
from trading.queries.fees import assignment_in_force, list_assignments_of

FEE_ASSIGNMENT = "FEE_ASSIGNMENT"
OBJECT_TYPE = "trading.fee_assignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentTerms:
    """``schedule_name`` for one entity or one profile, in one market or in all; empty takes back what was before."""

    entity_id: UUID | None
    profile_id: UUID | None
    market_id: UUID | None
    schedule_name: str
    in_force_from: datetime | None = None


def assign_fees(*, terms: AssignmentTerms, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for it, or do it where the policy asks nobody. Joins the caller's transaction.

    Refuses no reason (REASON_MISSING), neither or both of entity and profile, a schedule that is not there (FEES_INVALID), an
    entity, profile or market that is not there (``NotFound``), a moment that has passed (409 IN_FORCE_ALREADY), what changes
    nothing (NOTHING_CHANGES), and what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "An assignment says why.")
    if (terms.entity_id is None) == (terms.profile_id is None):
        raise Refusal("FEES_INVALID", "It is of one entity or of one profile.")
    if terms.schedule_name and not FeeSchedule.objects.filter(name=terms.schedule_name).exists():
        raise Refusal("FEES_INVALID", "There is no schedule of that name.")
    refuse_past(terms.in_force_from, at)
    _whose(terms)
    _refuse_digits(terms)
    before = assignment_in_force(
        entity_id=terms.entity_id, profile_id=terms.profile_id, market_id=terms.market_id, at=at
    )
    if terms.in_force_from is None and (before.schedule_name if before else "") == terms.schedule_name:
        raise Refusal("NOTHING_CHANGES", "That is what is in force.")
    payload = {
        "assignment_id": str(new_id()),
        "entity_id": str(terms.entity_id or ""),
        "profile_id": str(terms.profile_id or ""),
        "market_id": str(terms.market_id or ""),
        "schedule_name": terms.schedule_name,
        "in_force_from": terms.in_force_from.isoformat() if terms.in_force_from else "",
        "reason": reason,
    }
    wish = Wish(
        action=FEE_ASSIGNMENT,
        subject_type=OBJECT_TYPE,
        subject_id=_subject(terms),
        payload=payload,
        reason=reason,
    )
    return carry_out(wish=wish, actor=actor, at=at)


def _refuse_digits(terms: AssignmentTerms) -> None:
    """Refuse (FEES_INVALID) a schedule that rounds finer than its one market is paid in. In all markets it binds where it can."""
    schedules = FeeSchedule.objects.filter(name=terms.schedule_name).order_by("-schedule_version")
    market = Market.objects.select_related("quote").filter(pk=terms.market_id).first() if terms.market_id else None
    newest = schedules.first()
    if market is not None and newest is not None and newest.fee_scale > market.quote.scale:
        raise Refusal("FEES_INVALID", f"{market.quote.code} has {market.quote.scale} digits, fewer than the schedule.")


def _subject(terms: AssignmentTerms) -> str:
    """One wish at a time for a client in a market."""
    whom = terms.profile_id or terms.entity_id
    assert whom is not None
    return whom.hex + (terms.market_id.hex if terms.market_id else "")


def _whose(terms: AssignmentTerms) -> str:
    """Of whom and where, in words. Refuses what is not there with ``NotFound``."""
    where = "all markets"
    if terms.market_id is not None:
        market = Market.objects.filter(pk=terms.market_id).first()
        if market is None:
            raise NotFound("market")
        where = market.symbol
    if terms.entity_id is not None:
        entity = Entity.objects.filter(pk=terms.entity_id).first()
        if entity is None:
            raise NotFound("entity")
        return f"{entity.shown_name} in {where}"
    profile = None
    if terms.profile_id is not None:
        profile = Profile.objects.select_related("entity").filter(pk=terms.profile_id).first()
    if profile is None:
        raise NotFound("profile")
    return f"profile {profile.reference} of {profile.entity.shown_name} in {where}"


def _terms_of(payload: Payload) -> AssignmentTerms:
    def id_of(name: str) -> UUID | None:
        return UUID(payload[name]) if payload[name] else None

    return AssignmentTerms(
        entity_id=id_of("entity_id"),
        profile_id=id_of("profile_id"),
        market_id=id_of("market_id"),
        schedule_name=payload["schedule_name"],
        in_force_from=datetime.fromisoformat(payload["in_force_from"]) if payload["in_force_from"] else None,
    )


def execute_fee_assignment(execution: Execution) -> dict[str, str]:
    """What FEE_ASSIGNMENT does once it is approved. Refuses (409 STATE_CHANGED) where another begins at that very moment."""
    terms, at = _terms_of(execution.payload), execution.at
    since = max(terms.in_force_from or at, at)
    with transaction.atomic():
        lock_fees()
        try:
            with transaction.atomic():
                assignment = FeeAssignment.objects.create(
                    id=UUID(execution.payload["assignment_id"]),
                    entity_id=terms.entity_id,
                    profile_id=terms.profile_id,
                    market_id=terms.market_id,
                    schedule_name=terms.schedule_name,
                    in_force_from=since,
                    approval_id=execution.approval_id,
                )
        except IntegrityError as error:
            if "one_assignment_in_force" not in str(error):
                raise
            raise Refusal("STATE_CHANGED", "Another assignment begins at that moment.", status=409) from None
        names = ("entity_id", "profile_id", "market_id", "schedule_name", "in_force_from")
        record_audit(
            actor=execution.requester,
            action=f"{OBJECT_TYPE}.assign",
            object_type=OBJECT_TYPE,
            object_id=assignment.pk,
            at=at,
            changes=[{"field": name, "before": None, "after": execution.payload[name]} for name in names],
            reason=str(execution.payload["reason"]),
            approval_id=execution.approval_id,
        )
        work_out_plans(at=at)
    return {"assignment_id": str(assignment.pk), "in_force_from": since.isoformat()}


def describe_fee_assignment(payload: Payload) -> Description:
    """The change in words. Refuses who is not there."""
    terms = _terms_of(payload)
    whom = _whose(terms)
    rows = list_assignments_of(entity_id=terms.entity_id, profile_id=terms.profile_id, market_id=terms.market_id)
    newest = rows.order_by("-in_force_from").first()
    since = f"{terms.in_force_from:%Y-%m-%d %H:%M} UTC" if terms.in_force_from else "once approved"
    before = newest.schedule_name if newest and newest.schedule_name else None
    return Description(
        title=f"Fees of {whom}: {terms.schedule_name or 'as everybody'}",
        changes=[("schedule", before, terms.schedule_name or "the market's own"), ("in_force_from", None, since)],
        effect="Orders taken from then on pay its rates; an order keeps the rates it was taken at.",
    )
