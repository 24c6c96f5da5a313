"""Checksum of a book's best levels, with which a reader of a feed sees that its copy is the true one.

For up to 10 asks, lowest first, then up to 10 bids, highest first: the price at the market's price scale and the
amount at its amount scale, both without the dot and without leading zeros, all written one after the other. The
checksum is the CRC-32 (IEEE, as in zlib) of these ASCII digits, unsigned; that of an empty book is 0.
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

LEVELS: Final = 10


def book_checksum(
    asks: Sequence[tuple[int, int]],
    bids: Sequence[tuple[int, int]],
    *,
    units_per_tick: int = 1,
    units_per_lot: int = 1,
) -> int:
    """Checksum of levels given as (price in ticks, lots), best first; further levels than 10 are left out.

    `units_per_tick` is the tick size in units of the price scale (0.50 at scale 2: 50), `units_per_lot` the lot
    size in units of the amount scale. A whole number of units written out is the price without dot and zeros.
    """
    levels = (*asks[:LEVELS], *bids[:LEVELS])
    digits = "".join(f"{price * units_per_tick}{lots * units_per_lot}" for price, lots in levels)
    return crc32(digits.encode("ascii"))
