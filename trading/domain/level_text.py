"""Levels as everybody reads them: prices at the market's price scale, sizes at its amount scale, as decimal text."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.domain.decimals import to_units, units_text

GONE = "0"


@dataclass(frozen=True, slots=True)
class LevelText:
    """A market's scales, and its tick and lot in units of them (0.50 at scale 2: 50)."""

    price_scale: int
    amount_scale: int
    units_per_tick: int
    units_per_lot: int

    @classmethod
    def of(cls, *, tick_size: Decimal, lot_size: Decimal, price_scale: int, amount_scale: int) -> "LevelText":
        """The scales of a market; a tick and a lot are whole at them (``market_notional_is_exact``)."""
        return cls(price_scale, amount_scale, to_units(tick_size, price_scale), to_units(lot_size, amount_scale))

    def price(self, ticks: int) -> str:
        return units_text(ticks * self.units_per_tick, self.price_scale)

    def size(self, lots: int) -> str:
        return units_text(lots * self.units_per_lot, self.amount_scale)

    def levels(self, levels: Iterable[tuple[int, int]]) -> list[list[str]]:
        """``[price, size]`` of each (ticks, lots); of a level that is gone the size is ``0``."""
        return [[self.price(ticks), self.size(lots) if lots else GONE] for ticks, lots in levels]
