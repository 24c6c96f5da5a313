"""Bring a market into another phase. The safe direction is one person's; what lets orders trade again is MARKET_RESUME."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from trading.domain.phase import CANCEL_ONLY, HALTED
from trading.models import Instruction, Market
from trading.operations.write_instruction import write_instruction
from trading.queries.resting_orders import count_resting_orders

ACTION = "MARKET_RESUME"
# One person does these at once: waiting for a second would only leave the market open for longer.
SAFE_PHASES = frozenset({HALTED, CANCEL_ONLY})
REASON_CHARACTERS = 40


def change_phase(*, market_id: UUID, phase: str, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Instruct the market's engine, or ask for it: HALTED and CANCEL_ONLY at once, any other phase under policy.

    The engine decides when it applies it, and refuses a move that the phase of that moment does not allow. Refuses an unknown
    market and an unknown phase.
    """
    with transaction.atomic(durable=True):
        market = _market(market_id)
        _refuse_unknown(phase)
        if phase in SAFE_PHASES:
            payload = _instruction(phase, reason)
            number = write_instruction(
                market=market, kind=Instruction.Kind.CHANGE_PHASE, payload=payload, actor=actor, reason=reason, at=at
            )
            return Outcome(None, {"instruction_id": str(number)})
        wish = Wish(
            action=ACTION,
            subject_type="trading.market",
            subject_id=market.pk,
            payload={"market_id": str(market.pk), "market": market.symbol, "phase": phase, "reason": reason},
            reason=reason,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def _market(market_id: UUID | str) -> Market:
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NotFound("market")
    return market


def _refuse_unknown(phase: str) -> None:
    if phase not in Market.Phase.values:
        raise Refusal("REQUEST_INVALID", f"{phase} is no phase of a market.", status=400)


def _instruction(phase: str, reason: str) -> dict[str, str]:
    # The event has room for a short reason; the audit entry keeps the whole.
    return {"phase": phase, "reason": reason[:REASON_CHARACTERS]}


def describe_resume(payload: Payload) -> Description:
    """From which phase to which, and how many resting orders that lets trade."""
    market = _market(payload["market_id"])
    resting = count_resting_orders(market.pk)
    return Description(
        f"{market.symbol} goes to {payload['phase']}",
        [("phase", market.phase, payload["phase"])],
        f"{resting:,} resting order{'' if resting == 1 else 's'} may trade again, and new ones are taken.",
    )


def execute_resume(execution: Execution) -> dict[str, str]:
    """Write the instruction that was asked for. The engine refuses it if the market was halted again meanwhile."""
    said = execution.payload
    number = write_instruction(
        market=_market(said["market_id"]),
        kind=Instruction.Kind.CHANGE_PHASE,
        payload=_instruction(said["phase"], said["reason"]),
        actor=execution.requester,
        reason=said["reason"],
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"instruction_id": str(number)}
