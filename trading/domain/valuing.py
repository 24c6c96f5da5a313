"""What a market says that one unit of its base asset is worth: by what was traded, never by one trade alone. Pure."""

from collections.abc import Iterable
from decimal import Decimal

from core.domain.decimals import CONTEXT, MAX_SCALE, Rounding, quantize

HUNDRED = Decimal(100)


def average_price(traded: Iterable[tuple[Decimal, Decimal]], *, least_volume: Decimal) -> Decimal | None:
    """The average of (base, quote) amounts, the newest first, weighted by volume: of all where they come to ``least_volume`` of
    the quote asset, none where they do not.
    """
    base, quote = Decimal(0), Decimal(0)
    for base_amount, quote_amount in traded:
        base, quote = CONTEXT.add(base, base_amount), CONTEXT.add(quote, quote_amount)
    if not base or quote < least_volume:
        return None
    return quantize(CONTEXT.divide(quote, base), MAX_SCALE, Rounding.HALF_EVEN)


def enough_of(traded: Iterable[tuple[Decimal, Decimal]], *, least_volume: Decimal) -> Iterable[tuple[Decimal, Decimal]]:
    """Of trades, the newest first, as many as come to ``least_volume`` of the quote asset; all where they never do."""
    quote = Decimal(0)
    for each in traded:
        yield each
        quote = CONTEXT.add(quote, each[1])
        if quote >= least_volume:
            return


def is_jump(price: Decimal, before: Decimal, *, most_percent: Decimal) -> bool:
    """Whether ``price`` is further from the one ``before`` than ``most_percent`` of that one."""
    return CONTEXT.multiply(abs(CONTEXT.subtract(price, before)), HUNDRED) > CONTEXT.multiply(before, most_percent)
