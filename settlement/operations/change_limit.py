"""Change how much may leave: asked for under LIMIT_CHANGE, in force from a moment on; what was in force stays as it was."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.approvable import Description, Execution, Payload
from accounts.models import Entity, Profile
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import WithdrawalLimit
from settlement.operations.open_rail import Brought, set_withdrawal_limit
from settlement.operations.supersede_terms import supersede_terms
from settlement.queries.terms_in_line import (
    STAYS,
    in_line_with,
    line_at,
    refuse_changed,
    refuse_stale,
    refuse_undecided,
)
from settlement.queries.withdrawal_limits import limits_of

LIMIT_CHANGE = "LIMIT_CHANGE"
OBJECT_TYPE = "settlement.withdrawal_limit"
# No limit is longer in digits than what it limits: below 1e20, two digits behind the point.
MOST = Decimal(10) ** 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTerms:
    """At most ``value`` (reporting asset) in the window; none lifts the limit. ``in_force_from``: none is once it is approved.

    ``what_follows`` says whether limits that come after it stay in line or fall away: STAYS, FALLS_AWAY, none where none do.
    ``made_from`` is the newest in line that whoever wishes has seen, none where that is not said.
    """

    scope: str
    scope_id: UUID | None
    window: str
    value: Decimal | None
    in_force_from: datetime | None = None
    what_follows: str | None = None
    made_from: UUID | None = None


def change_limit(*, terms: LimitTerms, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for the limit, or set it where the policy asks nobody. Joins the caller's transaction.

    Refuses a scope without its id or with one too many (LIMIT_INVALID), an entity or profile that is not there (``NotFound``), a
    value that is none (LIMIT_INVALID), a moment that has passed (409 IN_FORCE_ALREADY), limits behind it of which is not said
    whether they stay (409 TERMS_IN_LINE), what was made from one that is not the newest (409 STATE_CHANGED), what changes nothing
    (NOTHING_CHANGES), no reason (REASON_MISSING), and a limit that is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A change of a limit says why.")
    _check(terms, at)
    _name_of(terms.scope, terms.scope_id)
    line = line_at(_rows_of(terms), terms.in_force_from or at)
    refuse_stale(line, terms.made_from)
    refuse_undecided(line, terms.what_follows)
    in_line = line.as_payload(terms.what_follows)
    if (line.before.value if line.before else None) == terms.value and not in_line["falls_away"]:
        raise Refusal("NOTHING_CHANGES", "That is the limit in force then.")
    wish = Wish(
        action=LIMIT_CHANGE,
        subject_type=OBJECT_TYPE,
        subject_id=f"{terms.window}:{terms.scope_id or terms.scope}",
        payload={
            "limit_id": str(new_id()),
            "scope": terms.scope,
            "scope_id": str(terms.scope_id) if terms.scope_id else "",
            "window": terms.window,
            "value": "" if terms.value is None else plain_text(terms.value),
            "in_force_from": terms.in_force_from.isoformat() if terms.in_force_from else "",
            "reason": reason,
            **in_line,
        },
        reason=reason,
    )
    return carry_out(wish=wish, actor=actor, at=at)


def _rows_of(terms: LimitTerms) -> "QuerySet[WithdrawalLimit]":
    return limits_of(scope=terms.scope, scope_id=terms.scope_id, window=terms.window)


def _check(terms: LimitTerms, at: datetime) -> None:
    is_default = terms.scope == WithdrawalLimit.Scope.DEFAULT
    if terms.scope not in WithdrawalLimit.Scope.values or terms.window not in WithdrawalLimit.Window.values:
        raise Refusal("LIMIT_INVALID", "There is no such scope or window.")
    if is_default != (terms.scope_id is None):
        raise Refusal("LIMIT_INVALID", "DEFAULT is of nobody; ENTITY and PROFILE say of whom they are.")
    if terms.value is not None and not (terms.value.is_finite() and 0 <= terms.value < MOST):
        raise Refusal("LIMIT_INVALID", "A limit is nothing or more, and below 1e20.")
    refuse_past(terms.in_force_from, at)


def refuse_past(moment: datetime | None, at: datetime) -> None:
    """Refuse (409 IN_FORCE_ALREADY) terms that would have been in force already: what happened was under others."""
    if moment is not None and moment <= at:
        raise Refusal("IN_FORCE_ALREADY", "Terms are in force from a moment to come.", status=409)


def _name_of(scope: str, scope_id: UUID | None) -> str:
    """Of whom it is, in words. Refuses an entity or profile that is not there with ``NotFound``."""
    if scope_id is None:
        return "each entity that has none of its own"
    if scope == WithdrawalLimit.Scope.ENTITY:
        entity = Entity.objects.filter(pk=scope_id).first()
        if entity is None:
            raise NotFound("entity")
        return f"entity {entity.shown_name}"
    profile = Profile.objects.select_related("entity").filter(pk=scope_id).first()
    if profile is None:
        raise NotFound("profile")
    return f"profile {profile.reference} of {profile.entity.shown_name}"


def _terms_of(payload: Payload) -> LimitTerms:
    return LimitTerms(
        scope=payload["scope"],
        scope_id=UUID(payload["scope_id"]) if payload["scope_id"] else None,
        window=payload["window"],
        value=Decimal(payload["value"]) if payload["value"] else None,
        in_force_from=datetime.fromisoformat(payload["in_force_from"]) if payload["in_force_from"] else None,
    )


def execute_limit_change(execution: Execution) -> dict[str, str]:
    """What LIMIT_CHANGE does once it is approved: the row, in force from then or, if that is later, from the moment it was asked
    for. Refuses (409 STATE_CHANGED) where others have come into line since, or one begins at that very moment.
    """
    said = execution.payload
    terms = _terms_of(said)
    line = line_at(_rows_of(terms), max(terms.in_force_from or execution.at, execution.at))
    refuse_changed(line, said)
    since = line.begins
    try:
        with transaction.atomic():
            if said["falls_away"]:
                supersede_terms(terms=line.later, execution=execution, reason=str(said["reason"]))
            limit_id = set_withdrawal_limit(
                scope=terms.scope,
                scope_id=terms.scope_id,
                window=terms.window,
                value=terms.value,
                at=execution.at,
                actor=execution.requester,
                brought=Brought(row_id=UUID(said["limit_id"]), in_force_from=since, approval_id=execution.approval_id),
            )
    except IntegrityError as error:
        if "one_limit_in_force" not in str(error):
            raise
        raise Refusal("STATE_CHANGED", "Another limit begins at that moment.", status=409) from None
    return {"limit_id": str(limit_id), "in_force_from": since.isoformat()}


def describe_limit_change(payload: Payload) -> Description:
    """The change in words. Refuses an entity or profile that is not there."""
    terms = _terms_of(payload)
    whom = _name_of(terms.scope, terms.scope_id)
    row, behind = in_line_with(payload, _rows_of(terms))
    before = None if row is None else _amount(row.value)
    in_line = [
        (f"{each.in_force_from:%Y-%m-%d %H:%M} UTC: {_amount(each.value)}", fate == STAYS) for each, fate in behind
    ]
    since = f"{terms.in_force_from:%Y-%m-%d %H:%M} UTC" if terms.in_force_from else "as soon as it is approved"
    return Description(
        title=f"Limit {terms.window} of {whom}: {_amount(terms.value)}",
        changes=[
            ("limit", before, _amount(terms.value)),
            ("in_force_from", None, since),
            *(("in line behind it", words, words if stays else "falls away") for words, stays in in_line),
        ],
        effect="Withdrawals asked for from then on are measured by it; what was accepted before stays accepted.",
    )


def _amount(value: Decimal | None) -> str:
    return "no limit" if value is None else f"{plain_text(value)}"
