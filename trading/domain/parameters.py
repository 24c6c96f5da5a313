"""The rules of a market that may change while orders rest in it."""

from typing import NamedTuple


class Parameters(NamedTuple):
    """Bands in millionths of a price (20,000 is 2 %); none means that there is no such band.

    `tick` and `lot` are the steps of prices and amounts, in the ticks and lots that the book counts in: 1 until a
    market's tick or lot is made coarser. What arrives off the step is refused; what rests off it, rests on.
    """

    entry_band: int | None = None
    execution_band: int | None = None
    tick: int = 1
    lot: int = 1
