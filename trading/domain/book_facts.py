"""What a book keeps besides its orders, as plain data: it stands on the market's row, written with each batch, and the book is
restored from it and from the open orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trading.domain.book import Book
from trading.domain.parameters import Parameters
from trading.domain.window import Bucket

STANDARD: Final = Parameters()
"""The rules of a market that has not been told any: no bands, and every tick and lot will do."""


def facts_of(book: Book) -> dict[str, Any]:
    """The switches engaged, the rules in force, the trades of the last 300 s by buckets, and the price to fall back on."""
    return {
        "fallback": book.fallback,
        "kills": sorted((list(switch) for switch in book.kills), key=str),
        "parameters": list(book.parameters),
        "window": [list(bucket) for bucket in book.window.buckets()],
    }


def book_of(facts: Mapping[str, Any], **counters: Any) -> Book:
    """A book without orders, with these facts (an empty mapping: of a market that has done nothing yet) and counters."""
    return Book(
        fallback=facts.get("fallback"),
        kills=[(scope, scope_id) for scope, scope_id in facts.get("kills", ())],
        parameters=parameters_of(facts),
        buckets=_buckets(facts.get("window", ())),
        **counters,
    )


def parameters_of(facts: Mapping[str, Any]) -> Parameters:
    """The rules in force by a market's facts."""
    found = facts.get("parameters")
    return STANDARD if found is None else Parameters(*found)


def _buckets(window: Iterable[Iterable[int]]) -> list[Bucket]:
    return [Bucket(*bucket) for bucket in window]
