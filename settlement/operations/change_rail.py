"""Change the terms of a rail: asked for under RAIL_CHANGE, in force from a moment on. Switching it off is done at once by one.

Rails have an action of their own beside LIMIT_CHANGE, so that a house may ask another number of people for a cut-off than for how
much may leave.
"""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit
from settlement.models import Rail, RailChange, WithdrawalFee
from settlement.models.rail import STANDING, TERMS
from settlement.operations.apply_rail_changes import OBJECT_TYPE, follow_changes, text_of
from settlement.operations.change_limit import refuse_past
from settlement.operations.open_rail import Brought, refuse_fee, set_withdrawal_fee
from settlement.operations.supersede_terms import supersede_terms
from settlement.queries.rails import get_rail
from settlement.queries.terms_in_line import (
    MOMENT,
    STAYS,
    in_line_with,
    line_at,
    refuse_changed,
    refuse_stale,
    refuse_undecided,
)

RAIL_CHANGE = "RAIL_CHANGE"
MOST_CONFIRMATIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RailWish:
    """All terms of a rail as they are to be; ``fee`` is none where it stays. ``in_force_from``: none is once it is approved.

    ``what_follows`` says whether terms that come after these stay in line or fall away: STAYS, FALLS_AWAY, none where none do.
    ``made_from`` is the newest change in line that whoever wishes has seen, none where that is not said.
    """

    confirmations: int
    min_deposit: Decimal
    min_withdrawal: Decimal
    cut_off: time | None
    enabled: bool
    fee: Decimal | None = None
    in_force_from: datetime | None = None
    what_follows: str | None = None
    made_from: UUID | None = None


def change_rail(*, rail_id: UUID, wish: RailWish, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for the terms, or set them where the policy asks nobody. Joins the caller's transaction.

    Refuses a rail that is not there (``NotFound``), amounts that cannot be booked (SCALE_EXCEEDED), more than 1,000 confirmations
    (RAIL_INVALID), a moment that has passed (409 IN_FORCE_ALREADY), terms behind it of which is not said whether they stay (409
    TERMS_IN_LINE), what was made from terms that are not the newest (409 STATE_CHANGED), what changes nothing (NOTHING_CHANGES),
    no reason (REASON_MISSING), what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A change of a rail says why.")
    rail = get_rail(rail_id=rail_id)
    _check(rail, wish, at)
    line = line_at(rail.changes.all(), wish.in_force_from or at)
    refuse_stale(line, wish.made_from)
    refuse_undecided(line, wish.what_follows)
    in_line = line.as_payload(wish.what_follows)
    fee = rail.fee_at(line.moment)
    is_same_fee = wish.fee is None or (fee is not None and fee.fee == wish.fee)
    is_same = is_same_fee and all(getattr(line.before or rail, name) == getattr(wish, name) for name in TERMS)
    if is_same and not in_line["falls_away"]:
        raise Refusal("NOTHING_CHANGES", "These are its terms.")
    payload: dict[str, Any] = {
        "rail_id": str(rail.pk),
        "change_id": str(new_id()),
        **{name: text_of(getattr(wish, name)) for name in TERMS},
        "fee": "" if is_same_fee else plain_text(wish.fee or Decimal(0)),
        "fee_id": "" if is_same_fee else str(new_id()),
        "fee_was": plain_text(fee.fee) if fee else "",
        "in_force_from": wish.in_force_from.isoformat() if wish.in_force_from else "",
        "reason": reason,
        **in_line,
        "fees_fall_away": [str(each.pk) for each in _fees_after(rail, line.moment)] if in_line["falls_away"] else [],
    }
    asked = Wish(action=RAIL_CHANGE, subject_type=OBJECT_TYPE, subject_id=rail.pk, payload=payload, reason=reason)
    return carry_out(wish=asked, actor=actor, at=at)


def _check(rail: Rail, wish: RailWish, at: datetime) -> None:
    for amount in (wish.min_deposit, wish.min_withdrawal):
        if not amount.is_finite() or amount < 0 or not has_scale(amount, rail.asset.payment_scale):
            raise Refusal("SCALE_EXCEEDED", f"{rail.asset.code} is paid with {rail.asset.payment_scale} digits.")
    if wish.fee is not None:
        refuse_fee(rail, wish.fee)
    if not 0 <= wish.confirmations <= MOST_CONFIRMATIONS:
        raise Refusal("RAIL_INVALID", f"Confirmations are 0 to {MOST_CONFIRMATIONS}.")
    refuse_past(wish.in_force_from, at)


def _fees_after(rail: Rail, moment: datetime) -> "QuerySet[WithdrawalFee]":
    return rail.fees.filter(STANDING, in_force_from__gt=moment)


def execute_rail_change(execution: Execution) -> dict[str, str]:
    """What RAIL_CHANGE does once it is approved: the terms, in force from then or from the later moment that was asked for.

    Refuses (409 STATE_CHANGED) where other terms have come into line since it was asked for.
    """
    said, at = execution.payload, execution.at
    rail = lock_rail(rail_id=UUID(said["rail_id"]))
    wished = datetime.fromisoformat(said["in_force_from"]) if said["in_force_from"] else at
    line = line_at(rail.changes.all(), max(wished, at))
    refuse_changed(line, said)
    if said["falls_away"]:
        fees = list(_fees_after(rail, line.moment))
        supersede_terms(terms=[*line.later, *fees], execution=execution, reason=str(said["reason"]))
    since = line.begins
    RailChange.objects.create(
        id=UUID(said["change_id"]),
        rail=rail,
        confirmations=int(said["confirmations"]),
        min_deposit=Decimal(said["min_deposit"]),
        min_withdrawal=Decimal(said["min_withdrawal"]),
        cut_off=_time(said["cut_off"]),
        enabled=said["enabled"] == "yes",
        in_force_from=since,
        approval_id=execution.approval_id,
    )
    if said["fee_id"]:
        set_withdrawal_fee(
            rail_id=rail.pk,
            fee=Decimal(said["fee"]),
            at=at,
            actor=execution.requester,
            brought=Brought(row_id=UUID(said["fee_id"]), in_force_from=since, approval_id=execution.approval_id),
        )
    _note(rail, said, since, execution)
    follow_changes(rail, actor=execution.requester, at=at, reason=str(said["reason"]))
    return {"change_id": str(said["change_id"]), "in_force_from": since.isoformat()}


def _note(rail: Rail, said: Payload, since: datetime, execution: Execution) -> None:
    """The act is on the record when it is decided; that the rail follows it, when it does."""
    record_audit(
        actor=execution.requester,
        action=f"{OBJECT_TYPE}.change",
        object_type=OBJECT_TYPE,
        object_id=rail.pk,
        at=execution.at,
        changes=[
            *({"field": name, "before": text_of(getattr(rail, name)), "after": said[name]} for name in TERMS),
            {"field": "in_force_from", "before": None, "after": since.isoformat()},
        ],
        reason=str(said["reason"]),
        approval_id=execution.approval_id,
    )


def describe_rail_change(payload: Payload) -> Description:
    """The change in words: against what it comes after, and what becomes of the terms behind it. Refuses a rail not there."""
    rail = get_rail(rail_id=UUID(payload["rail_id"]))
    before, behind = in_line_with(payload, rail.changes.all())
    changes: list[tuple[str, str | None, str | None]] = [
        (name, text_of(getattr(before or rail, name)) or "none", payload[name] or "none")
        for name in TERMS
        if text_of(getattr(before or rail, name)) != payload[name]
    ]
    if payload["fee_id"]:
        changes.append(("fee", payload["fee_was"] or None, payload["fee"]))
    since = f"{payload['in_force_from'][:16].replace('T', ' ')} UTC" if payload["in_force_from"] else "once approved"
    changes.append(("in_force_from", None, since))
    for row, fate in behind:
        words = f"{row.in_force_from:%Y-%m-%d %H:%M} UTC: {_in_words(rail, row)}"
        changes.append(("in line behind it", words, words if fate == STAYS else "falls away"))
    return Description(
        title=f"Terms of {rail.asset.code} by {rail.network}",
        changes=changes,
        effect="Withdrawals asked for from then on cost and wait as it says; what was accepted keeps its fee.",
    )


def _in_words(rail: Rail, row: RailChange) -> str:
    fee = rail.fees.filter(approval_id=row.approval_id).first() if row.approval_id else None
    words = [f"{name} {text_of(getattr(row, name)) or 'none'}" for name in TERMS]
    return ", ".join([*words, *([f"fee {plain_text(fee.fee)}"] if fee else [])])


def switch_rail_off(*, rail_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Nothing is accepted or sent over it any more, at once: the safe direction takes nobody else. Again does nothing.

    Terms that are in line come switched off, too: only a RAIL_CHANGE switches it on. Joins the caller's transaction. Refuses a
    rail that is not there (``NotFound``) and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "It is said why.")
    with transaction.atomic():
        rail = lock_rail(rail_id=rail_id)
        in_line = _switched_on_later(rail, at)
        if not rail.enabled and not in_line:
            return
        now = {name: getattr(rail, name) for name in TERMS} | {"enabled": False}
        since = line_at(rail.changes.all(), at).begins
        if rail.enabled:
            RailChange.objects.create(rail=rail, in_force_from=since, **now)
        for each in in_line:
            terms = {name: getattr(each, name) for name in TERMS} | {"enabled": False}
            RailChange.objects.create(rail=rail, in_force_from=each.in_force_from + MOMENT, **terms)
        record_audit(
            actor=actor,
            action=f"{OBJECT_TYPE}.switch_off",
            object_type=OBJECT_TYPE,
            object_id=rail.pk,
            at=at,
            changes=[{"field": "enabled", "before": text_of(rail.enabled), "after": "no"}],
            reason=reason,
        )
        follow_changes(rail, actor=actor, at=since, reason=reason)


def _switched_on_later(rail: Rail, at: datetime) -> list[RailChange]:
    """The terms in line under which it would carry value again; those that were switched off themselves are not among them."""
    later = line_at(rail.changes.all(), at).later
    moments = {each.in_force_from for each in later}
    return [each for each in later if each.enabled and each.in_force_from + MOMENT not in moments]


def lock_rail(*, rail_id: UUID) -> Rail:
    """The rail with its asset, locked until the caller's transaction ends. Refuses one that is not there with ``NotFound``."""
    rail = Rail.objects.select_for_update(no_key=True, of=("self",)).select_related("asset").filter(pk=rail_id).first()
    if rail is None:
        raise NotFound("rail")
    return rail


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
