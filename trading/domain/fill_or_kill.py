"""Whether an order could be filled whole: the dry run of fill-or-kill."""

from __future__ import annotations

from trading.domain.book import living_orders
from trading.domain.book_order import CANCEL_OLDEST, BookOrder
from trading.domain.level import Level, Side


def is_fillable(taker: BookOrder, opposite: Side, bound: int) -> bool:
    """Whether all of the taker would trade, up to the rank `bound`: hidden lots count, its own group's do not.

    Where meeting its own group costs the taker lots, it must be full before it does.
    """
    wanted = taker.remaining
    for rank in sorted(rank for rank, level in opposite.levels.items() if rank <= bound and level.lots):
        lots, is_end = _reachable(taker, opposite.levels[rank])
        wanted -= lots
        if wanted <= 0:
            return True
        if is_end:
            return False
    return False


def _reachable(taker: BookOrder, level: Level) -> tuple[int, bool]:
    """The lots the taker may have of a level, and whether its own group ends it there."""
    orders = living_orders(level)
    others = [order for order in orders if order.group != taker.group]
    if taker.mode == CANCEL_OLDEST or len(others) == len(orders):
        return sum(order.open_lots for order in others), False
    # It comes to the first of its own group before any iceberg ahead of that one is back from behind.
    shown = 0
    for order in orders:
        if order.group == taker.group:
            break
        shown += order.remaining
    return shown, True
