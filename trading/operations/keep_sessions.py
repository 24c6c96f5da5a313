"""Bring markets into the phases that their sessions say, as the clock comes to them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core.operations.record_audit import SYSTEM
from trading.domain.phase import HALTED, is_move_allowed
from trading.models import Instruction, Market, MarketSession
from trading.operations.write_instruction import write_instruction

MOST_AT_ONCE = 100
PLANNED, RUNNING, OVER, SKIPPED = (
    MarketSession.Status.PLANNED, MarketSession.Status.RUNNING, MarketSession.Status.OVER, MarketSession.Status.SKIPPED,
)  # fmt: skip


def keep_sessions(*, at: datetime) -> int:
    """Begin each session whose time has come and end each that is over, one transaction each; answers how many moved.

    A halted market is left alone (its session is SKIPPED), and so is one that somebody moved elsewhere in the meantime: only a
    person gets it out of there. The move names the phase it is meant for, so that of two at once the engine refuses the later.
    While a change of phase waits in a market, its sessions wait as well.
    """
    due = MarketSession.objects.filter(
        Q(status=PLANNED, starts_at__lte=at) | Q(status=RUNNING, ends_at__lte=at)
    ).order_by("starts_at", "id")
    moved = 0
    for session_id in list(due.values_list("id", flat=True)[:MOST_AT_ONCE]):
        with transaction.atomic(durable=True):
            moved += _keep(session_id, at)
    return moved


def _keep(session_id: UUID, at: datetime) -> bool:
    session = MarketSession.objects.select_for_update(skip_locked=True).filter(pk=session_id).first()
    if session is None or Instruction.objects.filter(
        market_id=session.market_id, status="PENDING", kind="CHANGE_PHASE", attempts__lt=5
    ):
        return False
    market = Market.objects.get(pk=session.market_id)
    if session.status == PLANNED and session.starts_at <= at:
        status = _begin(session, market, at)
    elif session.status == RUNNING and session.ends_at <= at:
        status = _end(session, market, at)
    else:
        return False
    MarketSession.objects.filter(pk=session_id).update(status=status, updated_at=at)
    return True


def _begin(session: MarketSession, market: Market, at: datetime) -> str:
    if market.phase == session.phase:
        return RUNNING
    if market.phase == HALTED or not is_move_allowed(market.phase, session.phase):
        return SKIPPED
    _move(session, market, session.phase, at)
    return RUNNING


def _end(session: MarketSession, market: Market, at: datetime) -> str:
    follows = MarketSession.objects.filter(market=market, status=PLANNED, starts_at=session.ends_at).exists()
    if market.phase == session.phase and not follows:
        _move(session, market, session.next_phase, at)
    return OVER


def _move(session: MarketSession, market: Market, phase: str, at: datetime) -> None:
    write_instruction(
        market=market,
        kind=Instruction.Kind.CHANGE_PHASE,
        payload={"phase": phase, "reason": session.reason, "was": market.phase},
        actor=SYSTEM,
        reason=f"Session {session.pk}",
        at=at,
    )
