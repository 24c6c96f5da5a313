"""List a market: its terms, and the fee account without which it cannot trade."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.domain.decimals import to_units
from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.models import Asset
from settlement.operations.open_firm_account import open_firm_account
from trading.models import FeeSchedule, FeeTier, Instruction, Market
from trading.operations.set_reference import in_ticks
from trading.operations.write_instruction import write_instruction


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """Terms of a market; prices in quote for one base, amounts in base, notionals in quote."""

    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    price_scale: int
    amount_scale: int
    min_amount: Decimal
    max_amount: Decimal
    min_notional: Decimal
    max_notional: Decimal
    entry_band: Decimal = Decimal("0.05")
    execution_band: Decimal = Decimal("0.02")


def open_fee_schedule(
    *,
    name: str,
    fee_scale: int,
    maker_rate: Decimal,
    taker_rate: Decimal,
    at: datetime,
    actor: Actor = SYSTEM,
) -> UUID:
    """A schedule of one tier, or the newest one of that name."""
    found = FeeSchedule.objects.filter(name=name).order_by("-schedule_version").first()
    if found is not None:
        return found.pk
    with transaction.atomic():
        schedule = FeeSchedule.objects.create(name=name, fee_scale=fee_scale, in_force_from=at)
        tier = FeeTier.objects.create(schedule=schedule, maker_rate=maker_rate, taker_rate=taker_rate)
        record_audit(
            actor=actor,
            action="trading.fee_schedule.open",
            object_type="trading.fee_schedule",
            object_id=schedule.pk,
            at=at,
            changes=[
                {"field": "name", "before": None, "after": name},
                {"field": "fee_scale", "before": None, "after": fee_scale},
                {"field": "tier", "before": None, "after": str(tier.pk)},
                {"field": "maker_rate", "before": None, "after": f"{maker_rate:f}"},
                {"field": "taker_rate", "before": None, "after": f"{taker_rate:f}"},
            ],
            object_version=schedule.schedule_version,
        )
    return schedule.pk


def open_market(
    *,
    terms: MarketTerms,
    fee_schedule_id: UUID,
    at: datetime,
    actor: Actor = SYSTEM,
    first_price: Decimal | None = None,
) -> UUID:
    """Open a market in phase OPEN; answers the id, of the existing one if its symbol is listed already.

    ``first_price`` (quote for one base) is the first reference price and belongs to the listing: a market that is listed
    keeps its own, which is changed by asking (``set_reference``).

    The database refuses terms under which a trade would have to be rounded
    (``market_notional_is_exact``); refuses a first price off the tick (PRICE_OFF_TICK).
    """
    symbol = f"{terms.base}-{terms.quote}"
    base, quote = Asset.objects.get(code=terms.base), Asset.objects.get(code=terms.quote)
    values = asdict(terms) | {"base": base, "quote": quote, "fee_schedule_id": fee_schedule_id}
    # The rules that the book begins with; later ones are told it (MARKET_CHANGE).
    facts = {"parameters": [to_units(terms.entry_band, 6), to_units(terms.execution_band, 6), 1, 1]}
    with transaction.atomic():
        open_firm_account(
            kind="FEES",
            asset_id=quote.pk,
            asset_code=quote.code,
            label=symbol,
            name=f"Fees of {symbol}",
            at=at,
            actor=actor,
        )
        market, is_new = Market.objects.get_or_create(
            symbol=symbol, defaults=values | {"book_facts": facts, "listed_facts": facts}
        )
        if is_new:
            record_audit(
                actor=actor,
                action="trading.market.open",
                object_type="trading.market",
                object_id=market.pk,
                at=at,
                changes=[{"field": field, "before": None, "after": _plain(value)} for field, value in values.items()],
                object_version=market.version,
            )
        if is_new and first_price is not None:
            write_instruction(
                market=market,
                kind=Instruction.Kind.SET_REFERENCE,
                payload=in_ticks(first_price, market),
                actor=actor,
                reason="First price of the market",
                at=at,
            )
    return market.pk


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
