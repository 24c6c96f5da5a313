"""The trades of the last five minutes, in thirty buckets of ten seconds: what the reference price averages over."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

BUCKETS: Final = 30
BUCKET_MICROSECONDS: Final = 10_000_000


class Bucket(NamedTuple):
    """The trades of one ten-second span: its number (engine time // 10 s), notional in tick-lots, and lots."""

    number: int
    notional: int
    lots: int


class TradeWindow:
    """Sums over the bucket of now and the twenty-nine before it. Whoever adds has turned it to now before."""

    __slots__ = ("_past", "_past_lots", "_past_notional", "ends_at", "lots", "notional", "number")

    def __init__(self, buckets: Iterable[Bucket] = ()) -> None:
        self._past: deque[Bucket] = deque()
        self._past_lots = self._past_notional = 0
        # The bucket of now. The taker adds to `lots` and `notional` directly: it does so for every level it takes.
        self.number = self.lots = self.notional = 0
        # The first instant (microseconds) that is no longer this bucket's.
        self.ends_at = BUCKET_MICROSECONDS
        for bucket in buckets:
            self.turn_to(bucket.number * BUCKET_MICROSECONDS)
            self.notional, self.lots = bucket.notional, bucket.lots

    def turn_to(self, at: int) -> None:
        """Make the bucket of `at` that of now, and forget what is too old. Time never runs back."""
        number = at // BUCKET_MICROSECONDS
        if number > self.number:
            if self.lots:
                self._past.append(Bucket(self.number, self.notional, self.lots))
                self._past_lots += self.lots
                self._past_notional += self.notional
            self.number, self.lots, self.notional = number, 0, 0
            self.ends_at = (number + 1) * BUCKET_MICROSECONDS
        while self._past and self._past[0].number <= number - BUCKETS:
            old = self._past.popleft()
            self._past_lots -= old.lots
            self._past_notional -= old.notional

    def average(self, step: int) -> int | None:
        """Notional over lots, rounded half up to a multiple of `step` ticks; none without trades."""
        lots = self._past_lots + self.lots
        if not lots:
            return None
        notional = self._past_notional + self.notional
        return (2 * notional + lots * step) // (2 * lots * step) * step

    def buckets(self) -> list[Bucket]:
        """What it remembers, the oldest first."""
        now = [Bucket(self.number, self.notional, self.lots)] if self.lots else []
        return [*self._past, *now]
