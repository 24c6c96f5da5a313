"""What an order pays and what it reserves. Whole numbers only.

Rates are millionths, amounts quote units (10^-quote_scale). An exact fee is kept in millionths of a quote unit. With C = rounded
up at the fee scale, E = the exact fee of the order so far, F = charged so far, a fill charges min(C(E after) - F, its notional):
rounding is per order and not per fill, so that many small fills never cost more than one large one.
"""

from trading.domain.units import MILLION


def rounded_up(exact: int, fee_step: int) -> int:
    """``exact`` (millionths of a quote unit) as quote units, rounded up to a whole ``fee_step`` (quote units)."""
    return -(-exact // (MILLION * fee_step)) * fee_step


def charge_of_fill(*, exact_after: int, charged: int, notional: int, fee_step: int) -> int:
    """The fee of one fill in quote units; negative is a rebate."""
    return min(rounded_up(exact_after, fee_step) - charged, notional)


def hold_of_buy(*, notional: int, exact: int, charged: int, rate: int, fee_step: int) -> int:
    """What a buy reserves in quote units while ``notional`` is still to trade at its worst price: it always suffices.

    ``rate`` is the highest that can apply: max(maker, taker, 0).
    """
    return notional + max(0, rounded_up(exact + rate * notional, fee_step) - charged)


def hold_to_add(*, before: int, after: int, more_at_new_price: int, rate: int, fee_step: int) -> int:
    """What a buy has to reserve beyond what it holds, in quote units, so that its new terms are held for whatever of the old ones
    trades before they apply.

    ``before`` and ``after`` are what is still to trade by the old and by the new terms, at their prices. Their difference
    changes evenly while the order trades, so it is largest now or when nothing of the old is left: then it is
    ``more_at_new_price``, the amount that is added at the new price. Rounding each fee up makes no larger a difference than
    rounding that of the difference up.
    """
    most = max(0, after - before, more_at_new_price)
    return most + rounded_up(rate * most, fee_step)
