"""List a market: its terms, and the fee account without which it cannot trade."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from settlement.models import Asset
from settlement.operations.open_firm_account import open_firm_account
from trading.models import FeeSchedule, FeeTier, Market


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
    execution_band: Decimal = Decimal("0.02")


def open_fee_schedule(*, name: str, fee_scale: int, maker_rate: Decimal, taker_rate: Decimal) -> UUID:
    """A schedule of one tier, or the newest one of that name."""
    found = FeeSchedule.objects.filter(name=name).order_by("-schedule_version").first()
    if found is not None:
        return found.pk
    with transaction.atomic():
        schedule = FeeSchedule.objects.create(name=name, fee_scale=fee_scale)
        FeeTier.objects.create(schedule=schedule, maker_rate=maker_rate, taker_rate=taker_rate)
    return schedule.pk


def open_market(*, terms: MarketTerms, fee_schedule_id: UUID) -> UUID:
    """Open a market in phase OPEN; answers the id, of the existing one if its symbol is listed already.

    The database refuses terms under which a trade would have to be rounded (``market_notional_is_exact``).
    """
    symbol = f"{terms.base}-{terms.quote}"
    base, quote = Asset.objects.get(code=terms.base), Asset.objects.get(code=terms.quote)
    with transaction.atomic():
        open_firm_account(kind="FEES", asset_id=quote.pk, asset_code=quote.code, label=symbol, name=f"Fees of {symbol}")
        market, _ = Market.objects.get_or_create(
            symbol=symbol,
            defaults={
                "base": base,
                "quote": quote,
                "fee_schedule_id": fee_schedule_id,
                "tick_size": terms.tick_size,
                "lot_size": terms.lot_size,
                "price_scale": terms.price_scale,
                "amount_scale": terms.amount_scale,
                "min_amount": terms.min_amount,
                "max_amount": terms.max_amount,
                "min_notional": terms.min_notional,
                "max_notional": terms.max_notional,
                "execution_band": terms.execution_band,
            },
        )
    return market.pk
