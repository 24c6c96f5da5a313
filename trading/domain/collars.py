"""How far from the market a price may be: the reference, the middle, and the two bands around them.

Bands are in millionths, prices in ticks. Bounds are exact: no price is rounded before it is compared, save the
execution band's, which are rounded inward to a tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading.domain.units import MILLION

if TYPE_CHECKING:
    from trading.domain.book import Book


def reference_of(book: Book) -> int | None:
    """The reference price as of the start of the current instruction: the average of the last 300 s of trades, else the
    last trade price or the last one set, whichever came later. Asked for the first time before the instruction trades.
    """
    if book.measured_position != book.position:
        book.measured_position = book.position
        book.window.turn_to(book.engine_at)
        average = book.window.average(book.parameters.tick)
        book.measured_reference = book.fallback if average is None else average
    return book.measured_reference


def execution_bounds(book: Book) -> tuple[int, int] | None:
    """The lowest and the highest price at which a taker may trade now; none while the band sleeps."""
    band = book.parameters.execution_band
    if band is None:
        return None
    reference = reference_of(book)
    if reference is None:
        return None
    step = MILLION * book.parameters.tick
    lowest = -(-reference * (MILLION - band) // step) * book.parameters.tick
    highest = reference * (MILLION + band) // step * book.parameters.tick
    return lowest, highest


def is_beyond_entry_band(book: Book, is_buy: bool, price: int) -> bool:
    """Whether a limit price is further through the middle of the market than it may be. Its own side is free."""
    band = book.parameters.entry_band
    if band is None:
        return False
    bid, ask = book.bids.best, book.asks.best
    if bid is not None and ask is not None:
        twice_mid = bid.price + ask.price
    else:
        reference = reference_of(book)
        if reference is None:
            return False
        twice_mid = 2 * reference
    if is_buy:
        return 2 * MILLION * price > twice_mid * (MILLION + band)
    return 2 * MILLION * price < twice_mid * (MILLION - band)
