"""How ticks and lots become prices and amounts: the border between the book's integers and everybody's decimals."""

from dataclasses import dataclass
from decimal import Decimal

from core.domain.decimals import CONTEXT, from_units, to_units

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class MarketUnits:
    """The integer sizes of one market's tick and lot.

    Base amounts are counted in units of 10^-base_scale, quote amounts in units of 10^-quote_scale, prices in ticks, amounts of
    the book in lots. ``lot_base`` is one lot in base units, ``tick_lot_quote`` one tick x one lot in quote units: whole by the
    market's own constraint, so that no trade is ever rounded.
    """

    base_scale: int
    quote_scale: int
    tick_size: Decimal
    lot_size: Decimal
    lot_base: int
    tick_lot_quote: int

    @classmethod
    def of(cls, *, base_scale: int, quote_scale: int, tick_size: Decimal, lot_size: Decimal) -> "MarketUnits":
        """The units of a market; raises when its tick x lot is no whole number of quote units."""
        return cls(
            base_scale=base_scale,
            quote_scale=quote_scale,
            tick_size=tick_size,
            lot_size=lot_size,
            lot_base=to_units(lot_size, base_scale),
            tick_lot_quote=to_units(CONTEXT.multiply(tick_size, lot_size), quote_scale),
        )

    def price_of(self, ticks: int) -> Decimal:
        return CONTEXT.multiply(ticks, self.tick_size)

    def amount_of(self, lots: int) -> Decimal:
        return CONTEXT.multiply(lots, self.lot_size)

    def quote_of(self, units: int) -> Decimal:
        return from_units(units, self.quote_scale)

    def base_of(self, units: int) -> Decimal:
        return from_units(units, self.base_scale)

    def ticks_of(self, price: Decimal) -> int:
        """``price`` in ticks; raises ``ValueError`` off the tick."""
        return _steps(price, self.tick_size)

    def lots_of(self, amount: Decimal) -> int:
        """``amount`` in lots; raises ``ValueError`` off the lot."""
        return _steps(amount, self.lot_size)


def _steps(value: Decimal, step: Decimal) -> int:
    whole, rest = CONTEXT.divmod(value, step)
    if rest:
        raise ValueError(f"{value} is no whole multiple of {step}")
    return int(whole)
