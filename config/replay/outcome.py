"""What came of a replay, counted as it goes: memory does not grow with the file."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

LINES_KEPT = 5


@dataclass(slots=True)
class Tally:
    """How often something happened, and in which lines it did first."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.lines) < LINES_KEPT:
            self.lines.append(line)

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.lines) else ""
        return f"{self.count} (line {', '.join(map(str, self.lines))}{more})"


@dataclass(frozen=True, slots=True)
class MarketOutcome:
    """What a market came to while the file was replayed. ``book_sha256`` is of its resting orders in the order of priority."""

    symbol: str
    fills: int
    base_volume: Decimal
    quote_volume: Decimal
    fees: Decimal | None
    quote: str
    resting: int
    book_sha256: str


@dataclass(slots=True)
class Outcome:
    """Counts of one run. ``placed`` and ``cancelled`` are new; ``known`` are rows that an earlier run has done already."""

    rows: int = 0
    placed: int = 0
    cancelled: int = 0
    known: int = 0
    refused: dict[str, Tally] = field(default_factory=dict)
    malformed: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    by_market: Counter[str] = field(default_factory=Counter)

    def refuse(self, code: str, line: int) -> None:
        self.refused.setdefault(code, Tally()).add(line)

    @property
    def has_changed_something(self) -> bool:
        return bool(self.placed or self.cancelled)
