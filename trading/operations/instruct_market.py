"""Put a wish of the firm to a market's engine: a phase, a reference price."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from core.domain.decimals import CONTEXT
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from trading.models import Instruction, Market

REASON_CHARACTERS = 40


def instruct_market(
    *, market_id: UUID, wish: "PhaseWish | ReferenceWish", actor: Actor, reason: str, at: datetime
) -> int:
    """Write the instruction with its audit entry; answers its id. The engine decides when it applies it.

    Refuses an unknown market, and a reference price that is off the market's tick.
    """
    with transaction.atomic(durable=True):
        market = Market.objects.filter(pk=market_id).first()
        if market is None:
            raise NotFound("market")
        kind, payload = wish.instruct(market, reason)
        instruction = Instruction.objects.create(
            market=market,
            kind=kind,
            payload=payload,
            instructed_at=at,
            actor_id=actor.id or UUID(int=0),
            initiator=Instruction.Initiator.FIRM,
        )
        record_audit(
            actor=actor,
            action=f"trading.market.{kind.lower()}",
            object_type="trading.market",
            object_id=market.pk,
            at=at,
            changes=[{"field": key, "before": None, "after": value} for key, value in payload.items()],
            reason=reason,
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('countinghouse_instructions', %s)", [str(market_id)])
    return instruction.id


class PhaseWish:
    """The market is to go to ``phase`` (OPEN, CANCEL_ONLY, HALTED)."""

    def __init__(self, phase: str) -> None:
        self.phase = phase

    def instruct(self, _market: Market, reason: str) -> tuple[str, dict[str, str]]:
        if self.phase not in Market.Phase.values:
            raise Refusal("REQUEST_INVALID", f"{self.phase} is no phase of a market.", status=400)
        # The event has room for a short reason; the audit entry keeps the whole.
        return Instruction.Kind.CHANGE_PHASE, {"phase": self.phase, "reason": reason[:REASON_CHARACTERS]}


class ReferenceWish:
    """``price`` is to be the market's reference until its next trade."""

    def __init__(self, price: Decimal) -> None:
        self.price = price

    def instruct(self, market: Market, _reason: str) -> tuple[str, dict[str, str]]:
        ticks, rest = CONTEXT.divmod(self.price, market.tick_size)
        if rest or ticks <= 0:
            raise Refusal("PRICE_OFF_TICK", "The price is off the tick.", meta={"tick_size": f"{market.tick_size:f}"})
        return Instruction.Kind.SET_REFERENCE, {"ticks": str(int(ticks)), "price": f"{self.price:f}"}
