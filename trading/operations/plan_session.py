"""Plan in which phase a market is to be, and until when: an action under policy, MARKET_SESSION."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.chain import instant_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from trading.domain.phase import AUCTION, is_move_allowed
from trading.models import Market, MarketSession

ACTION = "MARKET_SESSION"
FURTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """The phase from ``starts_at`` until before ``ends_at``, the one after it, and why."""

    phase: str
    next_phase: str
    starts_at: datetime
    ends_at: datetime
    reason: str


def plan_session(*, market_id: UUID, terms: SessionTerms, note: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that the market be in a phase by the clock.

    Refuses an unknown market or phase, what lies behind or more than 400 days ahead (WINDOW_INVALID), a phase that does not
    follow the other (PHASE_NOT_ALLOWED), and what overlaps another session (SESSION_OVERLAPS).
    """
    with transaction.atomic(durable=True):
        market = _market(market_id)
        _refuse_nonsense(terms, at)
        _refuse_overlap(market, terms.starts_at, terms.ends_at)
        payload = {
            "market_id": str(market.pk),
            "market": market.symbol,
            "phase": terms.phase,
            "next_phase": terms.next_phase,
            "starts_at": instant_text(terms.starts_at),
            "ends_at": instant_text(terms.ends_at),
            "session_reason": terms.reason,
            "reason": note,
        }
        wish = Wish(
            action=ACTION, subject_type="trading.market", subject_id=market.pk, payload=payload, reason=note
        )  # fmt: skip
        return carry_out(wish=wish, actor=actor, at=at)


def _market(market_id: UUID | str) -> Market:
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NotFound("market")
    return market


def _refuse_nonsense(terms: SessionTerms, at: datetime) -> None:
    known = Market.Phase.values
    if terms.phase not in known or terms.next_phase not in known or terms.reason not in MarketSession.Reason.values:
        raise Refusal("REQUEST_INVALID", "There is no such phase, or no such reason for a session.", status=400)
    if not at <= terms.starts_at < terms.ends_at <= at + FURTHEST:
        raise Refusal("WINDOW_INVALID", f"A session lies ahead, and ends within {FURTHEST.days} days.")
    if not is_move_allowed(terms.phase, terms.next_phase):
        raise Refusal(
            "PHASE_NOT_ALLOWED", f"From {terms.phase} a market does not go to {terms.next_phase}.",
            meta={"phase": terms.phase},
        )  # fmt: skip


def _refuse_overlap(market: Market, starts_at: datetime, ends_at: datetime) -> None:
    """What the database refuses in any case (``sessions_do_not_overlap``), said while it can still be put right."""
    other = (
        MarketSession.objects.filter(market=market, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .exclude(status__in=["WITHDRAWN", "SKIPPED"])
        .order_by("starts_at")
        .first()
    )
    if other is not None:
        raise Refusal(
            "SESSION_OVERLAPS", f"There is a session already from {instant_text(other.starts_at)}.",
            meta={"session_id": str(other.pk), "starts_at": instant_text(other.starts_at)},
            status=409,
        )  # fmt: skip


def describe_session(payload: Payload) -> Description:
    """When which phase begins, and what follows."""
    said = payload
    return Description(
        f"{said['market']} is {said['phase']} from {said['starts_at'][:16].replace('T', ' ')}",
        [
            ("phase", None, said["phase"]),
            ("starts_at", None, said["starts_at"]),
            ("ends_at", None, said["ends_at"]),
            ("next_phase", None, said["next_phase"]),
        ],
        f"The market goes there by the clock unless it is halted, and to {said['next_phase']} when it ends.",
    )


def execute_session(execution: Execution) -> dict[str, str]:
    """Write the session that was asked for. Refuses one that lies behind by now, or overlaps another."""
    said = execution.payload
    # Two who plan at once wait here for each other.
    market = Market.objects.select_for_update(no_key=True).get(pk=said["market_id"])
    starts_at, ends_at = (datetime.fromisoformat(said[name]) for name in ("starts_at", "ends_at"))
    if starts_at < execution.at:
        raise Refusal("WINDOW_INVALID", "The session would have begun by now.")
    _refuse_overlap(market, starts_at, ends_at)
    session = MarketSession.objects.create(
        market=market,
        phase=said["phase"],
        next_phase=said["next_phase"],
        starts_at=starts_at,
        ends_at=ends_at,
        reason=said["session_reason"],
    )
    record_audit(
        actor=execution.requester,
        action="trading.market_session.plan",
        object_type="trading.market_session",
        object_id=session.pk,
        at=execution.at,
        changes=[
            {"field": name, "before": None, "after": said[name]}
            for name in ("market", "phase", "starts_at", "ends_at", "next_phase")
        ],
        reason=said["reason"],
        approval_id=execution.approval_id,
    )
    return {"session_id": str(session.pk)}


def begin_auction(*, market: Market, ends_at: datetime, next_phase: str, at: datetime) -> None:
    """Note when an auction ends that begins now; in the transaction that begins it. It takes the place of a session that runs,
    and is refused into a planned one.
    """
    Market.objects.select_for_update(no_key=True).get(pk=market.pk)
    running = MarketSession.objects.filter(market=market, status="RUNNING", starts_at__lt=at, ends_at__gt=at)
    running.update(status=MarketSession.Status.OVER, ends_at=at, updated_at=at)
    _refuse_overlap(market, at, ends_at)
    MarketSession.objects.create(
        market=market,
        phase=AUCTION,
        next_phase=next_phase,
        starts_at=at,
        ends_at=ends_at,
        reason=MarketSession.Reason.AUCTION,
        status=MarketSession.Status.RUNNING,
    )
