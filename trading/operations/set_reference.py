"""Set the price from which a market's bands are measured until its next trade: an action under policy, REFERENCE_PRICE."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import CONTEXT
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from trading.models import Instruction, Market
from trading.operations.write_instruction import write_instruction

ACTION = "REFERENCE_PRICE"


def set_reference(*, market_id: UUID, price: Decimal, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that ``price`` (quote for one base) be the market's reference.

    Refuses an unknown market and a price that is off its tick (PRICE_OFF_TICK).
    """
    with transaction.atomic(durable=True):
        market = _market(market_id)
        wish = Wish(
            action=ACTION,
            subject_type="trading.market",
            subject_id=market.pk,
            payload={"market_id": str(market.pk), "market": market.symbol, "reason": reason, **in_ticks(price, market)},
            reason=reason,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def _market(market_id: UUID | str) -> Market:
    market = Market.objects.select_related("quote").filter(pk=market_id).first()
    if market is None:
        raise NotFound("market")
    return market


def in_ticks(price: Decimal, market: Market) -> dict[str, str]:
    """The price as the engine is told it. Refuses one that is off the market's tick, or not above nothing."""
    ticks, rest = CONTEXT.divmod(price, market.tick_size)
    if rest or ticks <= 0:
        raise Refusal("PRICE_OFF_TICK", "The price is off the tick.", meta={"tick_size": f"{market.tick_size:f}"})
    return {"ticks": str(int(ticks)), "price": f"{price:f}"}


def describe_reference(payload: Payload) -> Description:
    """The reference before and after, and what it is for."""
    market = _market(payload["market_id"])
    before = market.reference_price
    old = None if before is None else f"{before:.{market.price_scale}f}"
    new = f"{Decimal(payload['price']):.{market.price_scale}f}"
    band = f"{market.execution_band * 100:.2f}"
    return Description(
        f"{market.symbol} gets the reference price {new}",
        [("reference_price", old, new)],
        f"Orders trade within {band} % of {new} {market.quote.code} until the next trade.",
    )


def execute_reference(execution: Execution) -> dict[str, str]:
    """Write the instruction that was asked for."""
    said = execution.payload
    number = write_instruction(
        market=_market(said["market_id"]),
        kind=Instruction.Kind.SET_REFERENCE,
        payload={"ticks": said["ticks"], "price": said["price"]},
        actor=execution.requester,
        reason=said["reason"],
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"instruction_id": str(number)}
