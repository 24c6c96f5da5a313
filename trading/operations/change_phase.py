"""Bring a market into another phase. The safe direction is one person's; what lets orders trade again is MARKET_RESUME."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from trading.domain.phase import AUCTION, CANCEL_ONLY, HALTED, OPEN, REASON_CODES, UNCROSSING, is_move_allowed
from trading.models import Instruction, Market
from trading.models.instruction import ATTEMPTS_BEFORE_PARKED
from trading.operations.plan_session import begin_auction
from trading.operations.write_instruction import write_instruction
from trading.queries.resting_orders import count_resting_orders

ACTION = "MARKET_RESUME"
LEAST_AUCTION, MOST_AUCTION = timedelta(seconds=10), timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class PhaseWish:
    """To which phase, and why: a code for the record of the market, and words for the audit. An auction may be given its end:
    after so many seconds it is uncrossed into ``next_phase``.
    """

    phase: str
    reason: str
    reason_code: str = "OTHER"
    auction_seconds: int | None = None
    next_phase: str = OPEN


def change_phase(*, market_id: UUID, wish: PhaseWish, actor: Actor, at: datetime) -> Outcome:
    """Instruct the market's engine, or ask for it: HALTED and CANCEL_ONLY at once (waiting for a second person would only leave
    the market open for longer), any other phase, and any way out of HALTED,
    under policy.

    The engine decides when it applies it, and refuses a move that the phase of that moment does not allow. Refuses an unknown
    market, phase, reason or auction, and asks nobody to approve what is no move from the phase of now (PHASE_NOT_ALLOWED).
    """
    with transaction.atomic(durable=True):
        market = _market(market_id)
        _refuse_unknown(wish)
        if wish.phase == HALTED or (wish.phase == CANCEL_ONLY and market.phase != HALTED):
            return Outcome(None, {"instruction_id": str(_stop(market, wish, actor, at))})
        _refuse_move(market, wish.phase)
        return carry_out(wish=_asked(market, wish), actor=actor, at=at)


def _stop(market: Market, wish: PhaseWish, actor: Actor, at: datetime) -> int:
    """The safe direction overtakes the orders that wait, but no change of phase: they stay in the order they were told in."""
    moves = Instruction.objects.filter(market=market, status="PENDING", kind="CHANGE_PHASE")
    # One that is parked moves nothing any more.
    is_moving = moves.filter(attempts__lt=ATTEMPTS_BEFORE_PARKED).exists()
    # Whoever halts meanwhile is not undone by it.
    was = None if wish.phase == HALTED else market.phase
    return write_instruction(
        market=market,
        kind=Instruction.Kind.CHANGE_PHASE,
        payload={"phase": wish.phase, "reason": wish.reason_code, "was": was},
        actor=actor,
        reason=wish.reason,
        at=at,
        goes_first=not is_moving,
    )


def _asked(market: Market, wish: PhaseWish) -> Wish:
    payload = {
        "market_id": str(market.pk),
        "market": market.symbol,
        "was": market.phase,
        "phase": wish.phase,
        "reason": wish.reason,
        "reason_code": wish.reason_code,
    }
    if wish.auction_seconds is not None:
        payload |= {"auction_seconds": str(wish.auction_seconds), "next_phase": wish.next_phase}
    return Wish(action=ACTION, subject_type="trading.market", subject_id=market.pk, payload=payload, reason=wish.reason)


def _market(market_id: UUID | str) -> Market:
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NotFound("market")
    return market


def _refuse_unknown(wish: PhaseWish) -> None:
    if wish.phase not in Market.Phase.values:
        raise Refusal("REQUEST_INVALID", f"{wish.phase} is no phase of a market.", status=400)
    if wish.reason_code not in REASON_CODES:
        raise Refusal("REQUEST_INVALID", f"{wish.reason_code} is no reason for a phase.", status=400)
    if wish.auction_seconds is None:
        return
    is_bounded = LEAST_AUCTION <= timedelta(seconds=wish.auction_seconds) <= MOST_AUCTION
    if wish.phase != AUCTION or wish.next_phase not in UNCROSSING or not is_bounded:
        raise Refusal(
            "REQUEST_INVALID", "An auction lasts 10 seconds to 8 hours, and ends in OPEN or CLOSED.", status=400
        )


def _refuse_move(market: Market, phase: str) -> None:
    if not is_move_allowed(market.phase, phase):
        raise Refusal(
            "PHASE_NOT_ALLOWED", f"{market.symbol} is {market.phase}: from there it does not go to {phase}.",
            meta={"phase": market.phase},
        )  # fmt: skip


def describe_resume(payload: Payload) -> Description:
    """From which phase to which, and how many resting orders that lets trade."""
    market = _market(payload["market_id"])
    phase, resting = payload["phase"], count_resting_orders(market.pk)
    orders = f"{resting:,} resting order{'' if resting == 1 else 's'}"
    changes: list[tuple[str, str | None, str]] = [("phase", market.phase, phase)]
    if "auction_seconds" in payload:
        changes.append(("next_phase", None, payload["next_phase"]))
        effect = (
            f"{orders} may trade at one price, {payload['auction_seconds']} seconds after it is approved; then the market is"
            f" {payload['next_phase']}."
        )
    else:
        effect = EFFECTS[phase].format(orders=orders)
    return Description(f"{market.symbol} goes to {phase}", changes, effect)


EFFECTS = {
    "OPEN": "{orders} may trade again, and new ones are taken.",
    "AUCTION": "Limit orders are taken and none trades, until the auction is ended; {orders} may trade then, at one price.",
    "POST_ONLY": "{orders} rest on; new ones are taken that do not take.",
    "CANCEL_ONLY": "{orders} may be taken back; none trades, and none is taken.",
    "CLOSED": "{orders} rest on; none trades, and none is taken.",
}


def execute_resume(execution: Execution) -> dict[str, str]:
    """Write the instruction that was asked for. Refuses it (STATE_CHANGED) if the market is in another phase than it was then;
    where that shows only later, the engine does.
    """
    said = execution.payload
    market = _market(said["market_id"])
    was = said.get("was", market.phase)
    if market.phase != was:
        raise Refusal(
            "STATE_CHANGED", f"{market.symbol} was {was} when it was asked for, and is {market.phase}.",
            meta={"from": was, "to": market.phase}, status=409,
        )  # fmt: skip
    number = write_instruction(
        market=market,
        kind=Instruction.Kind.CHANGE_PHASE,
        payload={"phase": said["phase"], "reason": said.get("reason_code", "OTHER"), "was": was},
        actor=execution.requester,
        reason=said["reason"],
        at=execution.at,
        approval_id=execution.approval_id,
    )
    if "auction_seconds" in said:
        begin_auction(
            market=market,
            ends_at=execution.at + timedelta(seconds=int(said["auction_seconds"])),
            next_phase=said["next_phase"],
            at=execution.at,
        )
    return {"instruction_id": str(number)}
