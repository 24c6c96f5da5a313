"""Change the rules of a market, bands and steps, while orders rest in it: an action under policy, MARKET_CHANGE."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import CONTEXT, plain_text
from core.domain.refusals import FieldError, NotFound, Refusal
from core.operations.record_audit import Actor
from trading.models import Instruction, Market
from trading.operations.write_instruction import write_instruction
from trading.queries.resting_orders import count_resting_orders

ACTION = "MARKET_CHANGE"
MOST_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class MarketRules:
    """Bands as fractions of a price (0.05 is 5 %), steps as a price and an amount: all of them, as they are to be."""

    entry_band: Decimal
    execution_band: Decimal
    tick_size: Decimal
    lot_size: Decimal


def rules_of(market: Market) -> MarketRules:
    """The rules in force."""
    return MarketRules(
        market.entry_band,
        market.execution_band,
        CONTEXT.multiply(market.tick_size, Decimal(market.tick_step)),
        CONTEXT.multiply(market.lot_size, Decimal(market.lot_step)),
    )


def change_market(*, market_id: UUID, rules: MarketRules, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that these be the market's rules. The engine takes them between two instructions; what rests off a new step rests on.

    Refuses an unknown market, a band that is no fraction between 0 and 1 with six digits, a step that is no whole multiple (up
    to a million) of the one that the market was listed with, and rules that change nothing (NOTHING_CHANGES).
    """
    with transaction.atomic(durable=True):
        market = Market.objects.filter(pk=market_id).first()
        if market is None:
            raise NotFound("market")
        _refuse_nonsense(market, rules)
        if rules == rules_of(market):
            raise Refusal("NOTHING_CHANGES", f"These are the rules of {market.symbol}.")
        payload = {
            "market_id": str(market.pk),
            "market": market.symbol,
            "version": str(market.version),
            "reason": reason,
        }
        wish = Wish(
            action=ACTION,
            subject_type="trading.market",
            subject_id=market.pk,
            payload=payload | _plain(rules),
            reason=reason,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def _plain(rules: MarketRules) -> dict[str, str]:
    return {name: plain_text(getattr(rules, name)) for name in MarketRules.__dataclass_fields__}


def _refuse_nonsense(market: Market, rules: MarketRules) -> None:
    errors = [
        FieldError(f"/{name}", "FIELD_INVALID", "A fraction between 0 and 1, with at most six digits.")
        for name, band in (("entry_band", rules.entry_band), ("execution_band", rules.execution_band))
        if not 0 < band < 1 or band != band.quantize(Decimal("1e-6"))
    ]
    errors += [
        FieldError(f"/{name}", "FIELD_INVALID", f"A whole multiple of {plain_text(own)}, up to a million of it.")
        for name, step, own in (
            ("tick_size", rules.tick_size, market.tick_size),
            ("lot_size", rules.lot_size, market.lot_size),
        )
        if CONTEXT.remainder(step, own) or not 1 <= step // own <= MOST_STEPS
    ]
    if errors:
        raise Refusal("REQUEST_INVALID", "These cannot be a market's rules.", errors=errors, status=400)


def describe_change(payload: Payload) -> Description:
    """The rules before and after, and how many orders rest under them."""
    market = Market.objects.get(pk=payload["market_id"])
    before, resting = _plain(rules_of(market)), count_resting_orders(market.pk)
    return Description(
        f"{market.symbol} gets other rules",
        [(name, before[name], payload[name]) for name in before if before[name] != payload[name]],
        f"New orders are measured by them; {resting:,} resting order{'' if resting == 1 else 's'} rest on as they are.",
    )


def execute_change(execution: Execution) -> dict[str, str]:
    """Write the instruction that was asked for. Refuses it (STATE_CHANGED) if the market's terms have changed since."""
    said = execution.payload
    market = Market.objects.get(pk=said["market_id"])
    if str(market.version) != said["version"]:
        raise Refusal(
            "STATE_CHANGED", f"The terms of {market.symbol} have changed since it was asked for.",
            meta={"from": said["version"], "to": str(market.version)}, status=409,
        )  # fmt: skip
    number = write_instruction(
        market=market,
        kind=Instruction.Kind.SET_PARAMETERS,
        payload={name: said[name] for name in MarketRules.__dataclass_fields__},
        actor=execution.requester,
        reason=said["reason"],
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"instruction_id": str(number)}
