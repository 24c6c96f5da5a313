"""How fast a credential may ask: token buckets by name, each with a pace; pure arithmetic.

A bucket holds ``burst`` tokens and gets ``per_second`` back; each request takes one. It is kept as one instant (the generic
cell rate algorithm): when it will be full again. A request passes while that lies at most ``burst - 1`` intervals ahead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

_PACE = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?/([1-9][0-9]{0,5})\Z", re.ASCII)
MICROS: Final = 1_000_000


class PaceInvalid(ValueError):
    """The text does not spell a pace, or names a bucket that is none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """``per_second`` tokens come back each second, ``burst`` may be taken at once."""

    per_second: Decimal
    burst: int
    # Worked out once, for they are wanted with every request: one token's time, and how far ahead of now a full bucket may
    # already be promised, in microseconds; and the window in which a whole burst comes back, in seconds.
    interval_micros: int
    ahead_micros: int
    window_seconds: int

    @property
    def spelling(self) -> str:
        """``50/100``: a second, and at once."""
        return f"{self.per_second:f}/{self.burst}"

    def remaining(self, busy_micros: int) -> int:
        """Tokens left in a bucket that will be full in ``busy_micros``."""
        return max(0, self.burst - -(-max(0, busy_micros) // self.interval_micros))

    def ahead_for(self, tokens: int) -> int:
        """How far ahead of now the bucket may be promised for ``tokens`` to be left; below nothing, it never holds so many."""
        return self.ahead_micros - self.interval_micros * (tokens - 1)

    def wait_micros(self, busy_micros: int, tokens: int = 1) -> int:
        """How long until ``tokens`` can be taken from a bucket that will be full in ``busy_micros``."""
        return max(0, busy_micros - max(0, self.ahead_for(tokens)))


def parse_pace(text: str) -> Pace:
    """The pace that ``50/100`` spells: fifty a second, a hundred at once. Refuses anything else with ``PaceInvalid``."""
    if not isinstance(text, str) or not _PACE.match(text):
        raise PaceInvalid(f"{text!r} is no pace: write tokens a second, a stroke, and tokens at once, as 50/100")
    rate, _, burst = text.partition("/")
    per_second = Decimal(rate)
    if not per_second:
        raise PaceInvalid("a bucket that is never filled again is no limit but a ban: revoke the credential instead")
    interval = int((MICROS / per_second).to_integral_value(ROUND_CEILING))
    window = int((int(burst) / per_second).to_integral_value(ROUND_CEILING))
    return Pace(per_second, int(burst), interval, interval * (int(burst) - 1), max(1, window))


# Orders, and cancels from a bucket of their own, so that whoever has traded himself out can still get out; prices that the house
# is asked to hold; money and all other writes; reads; tokens, of a known client by its credential, of others by address; and
# what anybody may read, by address.
DEFAULTS: Final[Mapping[str, Pace]] = {
    name: parse_pace(text)
    for name, text in {
        "orders": "50/100",
        "cancels": "100/200",
        "quotes": "5/20",
        "writes": "5/20",
        "reads": "50/100",
        "tokens": "1/10",
        "public": "50/100",
    }.items()
}
# Those that a credential may be given a pace of its own in.
OF_A_CREDENTIAL: Final = frozenset(DEFAULTS) - {"public"}
# Where the bucket cannot be asked, these answer 503; the others let pass: a read harms nobody, and an order is not taken
# either while the database is away.
CLOSED_WITHOUT_ANSWER: Final = frozenset({"tokens", "writes"})


def parse_limits(text: str) -> dict[str, Pace]:
    """The paces that ``orders=50/100,cancels=100/200`` spells; buckets that it does not name keep their defaults.

    Refuses an unknown bucket and what is no pace with ``PaceInvalid``.
    """
    limits = dict(DEFAULTS)
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, pace = part.partition("=")
        if name not in DEFAULTS:
            raise PaceInvalid(f"{name!r} is no bucket: there are {', '.join(DEFAULTS)}")
        limits[name] = parse_pace(pace)
    return limits


def cancels_keep_up(limits: Mapping[str, Pace]) -> bool:
    """Whether cancels are never limited harder than orders, neither a second nor at once."""
    orders, cancels = limits["orders"], limits["cancels"]
    return cancels.per_second >= orders.per_second and cancels.burst >= orders.burst


def own_limits(stored: Mapping[str, str] | None, house: Mapping[str, Pace]) -> Mapping[str, Pace]:
    """The paces of a credential: its own where it has been given some, else the house's."""
    if not stored:
        return house
    return {**house, **{name: parse_pace(text) for name, text in stored.items()}}
