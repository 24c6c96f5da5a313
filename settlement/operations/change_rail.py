"""Change the terms of a rail: asked for under RAIL_CHANGE, in force from a moment on. Switching it off is done at once by one.

Rails have an action of their own beside LIMIT_CHANGE, so that a house may ask another number of people for a cut-off than for how
much may leave.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit
from settlement.models import Rail, RailChange
from settlement.models.rail import TERMS
from settlement.operations.apply_rail_changes import OBJECT_TYPE, follow_changes, newest_change, text_of
from settlement.operations.change_limit import refuse_past
from settlement.operations.open_rail import Brought, refuse_fee, set_withdrawal_fee
from settlement.queries.rails import get_rail

RAIL_CHANGE = "RAIL_CHANGE"
MOST_CONFIRMATIONS = 1_000
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailWish:
    """All terms of a rail as they are to be; ``fee`` is none where it stays. ``in_force_from``: none is once it is approved."""

    confirmations: int
    min_deposit: Decimal
    min_withdrawal: Decimal
    cut_off: time | None
    enabled: bool
    fee: Decimal | None = None
    in_force_from: datetime | None = None


def change_rail(*, rail_id: UUID, wish: RailWish, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for the terms, or set them where the policy asks nobody. Joins the caller's transaction.

    Refuses a rail that is not there (``NotFound``), amounts that cannot be booked (SCALE_EXCEEDED), more than 1,000 confirmations
    (RAIL_INVALID), a moment that has passed (409 IN_FORCE_ALREADY) or lies before a change that is in line (409 STATE_CHANGED),
    what changes nothing (NOTHING_CHANGES), no reason (REASON_MISSING), what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A change of a rail says why.")
    rail = get_rail(rail_id=rail_id)
    _check(rail, wish, at)
    newest = newest_change(rail)
    fee = rail.fee_at(at)
    is_same_fee = wish.fee is None or (fee is not None and fee.fee == wish.fee)
    if is_same_fee and all(getattr(newest or rail, name) == getattr(wish, name) for name in TERMS):
        raise Refusal("NOTHING_CHANGES", "These are its terms.")
    if newest is not None and newest.in_force_from > (wish.in_force_from or at):
        raise Refusal(
            "STATE_CHANGED",
            f"Other terms are in line from {newest.in_force_from:%Y-%m-%d %H:%M} UTC; these come after them.",
            meta={"in_force_from": newest.in_force_from.isoformat()},
            status=409,
        )
    payload: dict[str, Any] = {
        "rail_id": str(rail.pk),
        "change_id": str(new_id()),
        "replaces": str(newest.pk) if newest else "",
        **{name: text_of(getattr(wish, name)) for name in TERMS},
        "fee": "" if is_same_fee else plain_text(wish.fee or Decimal(0)),
        "fee_id": "" if is_same_fee else str(new_id()),
        "in_force_from": wish.in_force_from.isoformat() if wish.in_force_from else "",
        "reason": reason,
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


def execute_rail_change(execution: Execution) -> dict[str, str]:
    """What RAIL_CHANGE does once it is approved: the terms, in force from then or from the later moment that was asked for.

    Refuses (409 STATE_CHANGED) where the rail has got other terms since it was asked for.
    """
    said, at = execution.payload, execution.at
    rail = lock_rail(rail_id=UUID(said["rail_id"]))
    newest = newest_change(rail)
    if (str(newest.pk) if newest else "") != said["replaces"]:
        raise Refusal("STATE_CHANGED", "The rail has got other terms since this was asked for.", status=409)
    wished = datetime.fromisoformat(said["in_force_from"]) if said["in_force_from"] else at
    since = max(wished, at, newest.in_force_from + MOMENT if newest else at)
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
    """The change in words. Refuses a rail that is not there."""
    rail = get_rail(rail_id=UUID(payload["rail_id"]))
    newest: Rail | RailChange = newest_change(rail) or rail
    changes: list[tuple[str, str | None, str | None]] = [
        (name, text_of(getattr(newest, name)) or "none", payload[name] or "none")
        for name in TERMS
        if text_of(getattr(newest, name)) != payload[name]
    ]
    if payload["fee_id"]:
        fee = rail.fees.order_by("-in_force_from").first()
        changes.append(("fee", plain_text(fee.fee) if fee else None, payload["fee"]))
    since = f"{payload['in_force_from'][:16].replace('T', ' ')} UTC" if payload["in_force_from"] else "once approved"
    return Description(
        title=f"Terms of {rail.asset.code} by {rail.network}",
        changes=[*changes, ("in_force_from", None, since)],
        effect="Withdrawals asked for from then on cost and wait as it says; what was accepted keeps its fee.",
    )


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
        last = rail.changes.filter(in_force_from__lte=at).order_by("-in_force_from").first()
        since = max(at, last.in_force_from + MOMENT) if last else at
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
    later = list(rail.changes.filter(in_force_from__gt=at))
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
