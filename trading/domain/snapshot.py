"""A book as plain data, to be kept and to begin from again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields
from typing import Any

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.parameters import Parameters
from trading.domain.window import Bucket

# What of an order is not data, or follows from the rest.
_NOT_KEPT = {"level", "account", "is_plain"}
_KEPT = tuple(part.name for part in fields(BookOrder) if part.name not in _NOT_KEPT)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a book needs to answer as before. `orders` are the fields of each, the resting ones by priority."""

    counters: dict[str, Any]
    parameters: Parameters
    kills: tuple[tuple[str, Hashable], ...]
    buckets: tuple[Bucket, ...]
    orders: tuple[dict[str, Any], ...]


def take_snapshot(book: Book) -> Snapshot:
    """The book as it stands between two instructions."""
    counters = {
        name: getattr(book, name)
        for name in ("phase", "sequence", "position", "engine_at", "reference", "last_price", "fallback")
    }
    resting = sorted(book.orders.values(), key=lambda order: order.priority)
    orders = [*resting, *book.dormant.values()]
    return Snapshot(
        counters,
        book.parameters,
        tuple(sorted(book.kills, key=str)),
        tuple(book.window.buckets()),
        tuple({name: getattr(order, name) for name in _KEPT} for order in orders),
    )


def book_of(snapshot: Snapshot) -> Book:
    """A book that goes on where the snapshot was taken. Accounts are not in it: they are whoever's reads it."""
    book = Book(**snapshot.counters, parameters=snapshot.parameters, kills=snapshot.kills, buckets=snapshot.buckets)
    book.restore(BookOrder(**facts) for facts in snapshot.orders)
    return book
