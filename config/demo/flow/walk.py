"""What the simulated clients believe a market is worth: a seeded random walk that stays near where it began."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# How far a price strays in a second (one standard deviation, as a fraction), and how much of the way back it is pulled.
STRAY = {"BTC-USD": 1.5e-4, "ETH-USD": 2e-4, "SOL-USD": 3e-4, "USDC-USD": 1e-5}
STRAY_ELSEWHERE = 2e-4
PULL = 5e-4


@dataclass(slots=True)
class MarketView:
    """A market's terms as its public resource gives them, and the belief about its price, in ticks."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    price_scale: int
    amount_scale: int
    home: float
    mid: float
    fewest_lots: int
    stray: float
    # Sizes are drawn around this much of the quote asset.
    notional: Decimal

    @classmethod
    def of(cls, market: dict[str, Any], *, home: Decimal, notional: Decimal) -> "MarketView":
        tick, lot = Decimal(market["tick_size"]), Decimal(market["lot_size"])
        price = Decimal(market["last_price"] or market["reference_price"] or home)
        least = max(Decimal(market["min_amount"]), Decimal(market["min_notional"]) * 2 / home)
        return cls(
            symbol=market["symbol"],
            base=market["base"],
            quote=market["quote"],
            tick=tick,
            lot=lot,
            price_scale=market["price_scale"],
            amount_scale=market["amount_scale"],
            home=float(home / tick),
            mid=float(price / tick),
            fewest_lots=int(least / lot) + 1,
            stray=STRAY.get(market["symbol"], STRAY_ELSEWHERE),
            notional=notional,
        )

    def walk(self, rng: random.Random, seconds: float) -> None:
        """One step of so many ``seconds``, pulled home the more the further away."""
        away = (self.home - self.mid) / self.home
        self.mid *= 1 + rng.gauss(0.0, self.stray) * seconds**0.5 + PULL * seconds * away

    def price(self, ticks: int) -> str:
        return f"{max(1, ticks) * self.tick:.{self.price_scale}f}"

    def lots(self, rng: random.Random) -> int:
        """A size: many small ones, few large ones."""
        middle = self.notional / (Decimal(round(self.mid)) * self.tick * self.lot)
        return max(self.fewest_lots, round(float(middle) * rng.lognormvariate(0.0, 0.7)))

    def amount(self, lots: int) -> str:
        return f"{lots * self.lot:.{self.amount_scale}f}"
