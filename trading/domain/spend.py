"""How a market buy by quote amount spends its budget."""

from __future__ import annotations

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import BUDGET_BELOW_ONE_LOT, TRADED, Event
from trading.domain.level import Level, Side
from trading.domain.prevent import end_taker, prevent
from trading.domain.take import take_level


def spend(book: Book, taker: BookOrder, opposite: Side, bound: int, events: list[Event]) -> str | None:
    """Buy level by level what the budget left affords there, until it is spent or the rank `bound` is passed.

    Answers BUDGET_BELOW_ONE_LOT if that is what ended it. The budget counts tick-lots, without fees.
    """
    lot = book.parameters.lot
    book.window.turn_to(book.engine_at)
    level = opposite.best
    while taker.budget and level is not None and level.rank <= bound:
        affordable = taker.budget // (level.price * lot) * lot
        if not affordable:
            taker.remaining = 0
            return BUDGET_BELOW_ONE_LOT
        taker.remaining, mark = affordable if lot == 1 else _of_first(level, taker, affordable), len(events)
        is_own = take_level(book, taker, level, events)
        _tell_budget(taker, level.price, mark, events)
        if not level.lots:
            opposite.leave(level)
        if is_own and prevent(book, taker, level, events):
            return None
        level = opposite.best
    taker.remaining = 0
    if taker.prevented and not taker.budget:
        end_taker(book, taker, events)
    return None


def _of_first(level: Level, taker: BookOrder, affordable: int) -> int:
    """What of the affordable lots its first order may give: behind orders off the lot's step, whole lots are counted anew."""
    first = next(order for order in level if order.remaining)
    return affordable if first.group == taker.group else min(affordable, first.remaining)


def _tell_budget(taker: BookOrder, price: int, mark: int, events: list[Event]) -> None:
    """Charge the trades from `mark` on to the budget, and let each say what it leaves of it."""
    budget = taker.budget
    assert budget is not None
    for place in range(mark, len(events)):
        event = events[place]
        if event[0] == TRADED:
            budget -= event[4] * price
            events[place] = (*event[:6], budget)
    taker.budget = budget
