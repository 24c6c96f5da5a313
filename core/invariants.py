"""What must always be true of the stored data, as each app says it: `manage.py verify` asks them all.

The numbers V1 to V30 are those of docs/invariants.md. One number may be said by several apps, each for its own tables.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

Breach = tuple[str, str]
"""The id of the row that is wrong, and what is wrong with it."""

Finder = Callable[[datetime], Iterable[Breach]]
"""Looks for breaches itself, where SQL alone cannot; is given the instant of the check."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must hold.

    ``breaches`` is a SELECT of two text columns, a row's id and what is wrong with it, one row for each breach and none when all
    is well; ``%(at)s`` in it is the instant of the check (a per cent sign is written twice). Or a function that finds them.
    ``tables`` are those it reads in full: their rows are what the check has looked at. ``is_slow`` ones are asked only with
    ``--full``: they take far longer than all others together.
    """

    number: str
    says: str
    tables: tuple[str, ...]
    breaches: str | Finder
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one invariant. ``error`` is why it could not be checked, empty when it was."""

    number: str
    says: str
    rows: int
    count: int
    examples: tuple[Breach, ...]
    seconds: float
    error: str = ""
