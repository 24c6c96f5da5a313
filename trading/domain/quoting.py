"""What a quote costs: the walk through the book, the spread on top, the rounding for the house. Pure and exact.

Prices are quote for one base. A ratio is kept as a fraction until it is rounded, once, in a direction that is named: what a
client pays is rounded up, what it gets is rounded down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.domain.decimals import from_units

BUY = "BUY"
BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """What the client names: an amount of base or of quote, never both."""

    base: Decimal | None
    quote: Decimal | None


@dataclass(frozen=True, slots=True)
class Scales:
    """Digits: of a price, of base amounts, and of quote amounts as they are paid."""

    price: int
    base: int
    payment: int


@dataclass(frozen=True, slots=True)
class Walked:
    """How far the visible levels reach: what they give of base for what of quote, and whether that is all that was named."""

    base: Fraction
    quote: Fraction
    is_whole: bool

    @property
    def price(self) -> Fraction:
        """The average, weighted by amount."""
        return self.quote / self.base


@dataclass(frozen=True, slots=True)
class Priced:
    """The price that is held, and the two amounts that move at it."""

    price: Decimal
    base: Decimal
    quote: Decimal


def walk(levels: Sequence[tuple[Decimal, Decimal]], named: Named) -> Walked | None:
    """Take what is ``named`` from ``levels`` (price, amount; best first). None where there is no level at all."""
    base, quote = Fraction(0), Fraction(0)
    for price, amount in levels:
        at, there = Fraction(price), Fraction(amount)
        left = Fraction(named.base) - base if named.base is not None else (Fraction(named.quote or 0) - quote) / at
        taken = min(there, left)
        base, quote = base + taken, quote + taken * at
        if taken == left:
            return Walked(base, quote, is_whole=True)
    return Walked(base, quote, is_whole=False) if base else None


def spread_of(tiers: Sequence[tuple[Decimal, Decimal]], size: Fraction) -> Decimal:
    """The basis points of the tier that ``size`` (base) falls into; tiers as (from amount, basis points), the first from 0."""
    return [spread for from_amount, spread in tiers if Fraction(from_amount) <= size][-1]


def price_quote(*, side: str, raw: Fraction, spread_bp: Decimal, named: Named, scales: Scales) -> Priced:
    """Put the spread on ``raw`` and round for the house.

    BUY by base: quote up. BUY by quote: base down. SELL by base: quote down. SELL by quote: base up. The amount that was named
    stays what it is; the price is rounded at its scale, up for BUY and down for SELL. An amount of nothing says that what was
    named is too small.
    """
    is_buy = side == BUY
    share = Fraction(spread_bp) / BASIS_POINTS
    price = rounded(raw * (1 + share if is_buy else 1 - share), scales.price, is_up=is_buy)
    if named.base is not None:
        quote = rounded(Fraction(named.base) * Fraction(price), scales.payment, is_up=is_buy)
        return Priced(price, named.base, quote)
    assert named.quote is not None
    base = rounded(Fraction(named.quote) / Fraction(price), scales.base, is_up=not is_buy) if price else Decimal(0)
    return Priced(price, base, named.quote)


def rounded(exact: Fraction, scale: int, *, is_up: bool) -> Decimal:
    """``exact`` >= 0 at ``scale`` digits, up or down."""
    units = exact * 10**scale
    return from_units(-(-units.numerator // units.denominator) if is_up else int(units), scale)


def no_better(side: str, one: Fraction, other: Fraction | None) -> Fraction:
    """Of two prices the one that is better for the house: who quotes from elsewhere never sells below what the book asks."""
    if other is None:
        return one
    return max(one, other) if side == BUY else min(one, other)


def is_beyond_band(*, price: Decimal, reference: Decimal, band: Decimal) -> bool:
    """Whether the market has run away from a quote's ``price``: further from ``reference`` than ``band`` of it."""
    return abs(Fraction(price) - Fraction(reference)) > Fraction(band) * Fraction(reference)
