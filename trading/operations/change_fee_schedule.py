"""Change what trading costs: a further version of a schedule, asked for under FEE_SCHEDULE, in force from a moment on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit
from settlement.operations.change_limit import refuse_past
from trading.domain.fee_terms import TierTerms, check_tiers
from trading.models import FeeSchedule, FeeTier, Market
from trading.operations.follow_fees import lock_fees, take_versions_in_force

FEE_SCHEDULE = "FEE_SCHEDULE"
OBJECT_TYPE = "trading.fee_schedule"
MOST_FEE_SCALE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerms:
    """A schedule as it is to be. ``replaces`` is the newest version of its name that the asker saw, 0 for a new name;
    ``in_force_from`` none is once it is approved.
    """

    name: str
    fee_scale: int
    tiers: Sequence[TierTerms]
    replaces: int
    in_force_from: datetime | None = None


def change_fee_schedule(*, terms: ScheduleTerms, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for a version of a schedule, or bring it where the policy asks nobody. Joins the caller's transaction.

    Refuses no reason (REASON_MISSING), rates that cannot be (FEES_INVALID), a moment that has passed (409 IN_FORCE_ALREADY),
    terms that were drawn up from another version than the newest (409 STATE_CHANGED), what changes nothing (NOTHING_CHANGES),
    and what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A change of fees says why.")
    _check(terms, at)
    newest = _newest(terms.name)
    _refuse_stale(newest, terms.replaces)
    if newest is not None and newest.fee_scale == terms.fee_scale and _tiers_of(newest) == list(terms.tiers):
        raise Refusal("NOTHING_CHANGES", "These are its newest terms.")
    payload: dict[str, Any] = {
        "schedule_id": str(new_id()),
        "name": terms.name,
        "schedule_version": str(terms.replaces + 1),
        "fee_scale": str(terms.fee_scale),
        "tiers": [
            {
                "from_volume": plain_text(tier.from_volume),
                "maker_rate": plain_text(tier.maker_rate),
                "taker_rate": plain_text(tier.taker_rate),
            }
            for tier in terms.tiers
        ],
        "in_force_from": terms.in_force_from.isoformat() if terms.in_force_from else "",
        "reason": reason,
    }
    wish = Wish(action=FEE_SCHEDULE, subject_type=OBJECT_TYPE, subject_id=terms.name, payload=payload, reason=reason)
    return carry_out(wish=wish, actor=actor, at=at)


def _check(terms: ScheduleTerms, at: datetime) -> None:
    if not terms.name.strip() or len(terms.name) > 64:
        raise Refusal("FEES_INVALID", "A schedule has a name of up to 64 characters.")
    if not 0 <= terms.fee_scale <= MOST_FEE_SCALE:
        raise Refusal("FEES_INVALID", f"Fees are rounded at 0 to {MOST_FEE_SCALE} digits.")
    check_tiers(terms.tiers)
    _refuse_digits(terms.name, terms.fee_scale)
    refuse_past(terms.in_force_from, at)


def _refuse_digits(name: str, fee_scale: int) -> None:
    """Refuse (FEES_INVALID) more digits than the quote asset of a market that trades under the schedule has."""
    markets = Market.objects.filter(fee_schedule__name=name, quote__scale__lt=fee_scale).select_related("quote")
    for market in markets.order_by("symbol")[:1]:
        raise Refusal(
            "FEES_INVALID",
            f"{market.symbol} trades under it, and {market.quote.code} has {market.quote.scale} digits.",
            meta={"market": market.symbol, "scale": market.quote.scale},
        )


def _newest(name: str) -> FeeSchedule | None:
    return FeeSchedule.objects.filter(name=name).order_by("-schedule_version").first()


def _tiers_of(schedule: FeeSchedule) -> list[TierTerms]:
    rows = schedule.tiers.order_by("from_volume")
    return [TierTerms(row.from_volume, row.maker_rate, row.taker_rate) for row in rows]


def _refuse_stale(newest: FeeSchedule | None, replaces: int) -> None:
    version = newest.schedule_version if newest else 0
    if version != replaces:
        raise Refusal(
            "STATE_CHANGED",
            f"Its newest version is {version}; these terms were drawn up from {replaces}.",
            meta={"schedule_version": version},
            status=409,
        )


def execute_fee_schedule(execution: Execution) -> dict[str, str]:
    """What FEE_SCHEDULE does once it is approved. Refuses (409 STATE_CHANGED) where the schedule has a newer version by now, or a
    version in line that begins later: versions begin in their order.
    """
    said, at = execution.payload, execution.at
    with transaction.atomic():
        lock_fees()
        newest, version = _newest(said["name"]), int(said["schedule_version"])
        _refuse_stale(newest, version - 1)
        _refuse_digits(said["name"], int(said["fee_scale"]))
        wished = datetime.fromisoformat(said["in_force_from"]) if said["in_force_from"] else at
        since = max(wished, at)
        if newest is not None and newest.in_force_from >= since:
            raise Refusal("STATE_CHANGED", "A version that begins later is in line.", status=409)
        schedule = FeeSchedule.objects.create(
            id=UUID(said["schedule_id"]),
            name=said["name"],
            schedule_version=version,
            fee_scale=int(said["fee_scale"]),
            in_force_from=since,
            approval_id=execution.approval_id,
        )
        FeeTier.objects.bulk_create(
            FeeTier(
                schedule=schedule,
                from_volume=Decimal(tier["from_volume"]),
                maker_rate=Decimal(tier["maker_rate"]),
                taker_rate=Decimal(tier["taker_rate"]),
            )
            for tier in said["tiers"]
        )
        record_audit(
            actor=execution.requester,
            action=f"{OBJECT_TYPE}.change",
            object_type=OBJECT_TYPE,
            object_id=schedule.pk,
            at=at,
            changes=[
                {"field": name, "before": None, "after": said[name]}
                for name in ("name", "fee_scale", "tiers", "in_force_from")
            ],
            object_version=version,
            reason=str(said["reason"]),
            approval_id=execution.approval_id,
        )
        take_versions_in_force(at=at)
    return {"schedule_id": str(schedule.pk), "in_force_from": since.isoformat()}


def describe_fee_schedule(payload: Payload) -> Description:
    """The change in words, tier by tier."""
    newest = _newest(payload["name"])
    before = (
        {plain_text(t.from_volume): _rates(t.maker_rate, t.taker_rate) for t in _tiers_of(newest)} if newest else {}
    )
    after = {t["from_volume"]: _rates(Decimal(t["maker_rate"]), Decimal(t["taker_rate"])) for t in payload["tiers"]}
    changes: list[tuple[str, str | None, str | None]] = [
        (f"from {volume}", before.get(volume), after.get(volume))
        for volume in sorted(before.keys() | after.keys(), key=Decimal)
        if before.get(volume) != after.get(volume)
    ]
    scale = str(newest.fee_scale) if newest else None
    if scale != payload["fee_scale"]:
        changes.append(("fee_scale", scale, payload["fee_scale"]))
    since = f"{payload['in_force_from'][:16].replace('T', ' ')} UTC" if payload["in_force_from"] else "once approved"
    return Description(
        title=f"Fees {payload['name']}, version {payload['schedule_version']}",
        changes=[*changes, ("in_force_from", None, since)],
        effect="Orders taken from then on pay these rates; an order keeps the rates it was taken at.",
    )


def _rates(maker: Decimal, taker: Decimal) -> str:
    return f"maker {plain_text(maker)}, taker {plain_text(taker)}"
