"""One number for all that a book knows, to compare two of them by."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from hashlib import sha256
from typing import Final

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.event import AUCTIONED, PREVENTED, TRADED, Event

EVERY: Final = 1_000
"""After so many instructions, by position, a state hash is taken."""

_MODULUS: Final = 1 << 256
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def state_hash(book: Book) -> str:
    """SHA-256 (hex) of counters, prices, rules, remembered trades and every order.

    Two books with one hash answer every instruction alike. Ids and groups enter by their `str`. Orders enter as the sum of their
    own SHA-256, modulo 2^256, so that it can be kept up to date without walking over all of them: see StateHash.
    """
    return _digest(book, sum(_share(order) for order in (*book.orders.values(), *book.dormant.values())) % _MODULUS)


class StateHash:
    """The state hash of a book, kept up to date from its events at the cost of the orders they touch."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._shares = {order.order_id: _share(order) for order in (*book.orders.values(), *book.dormant.values())}
        self._sum = sum(self._shares.values()) % _MODULUS
        self._touched: set[Hashable] = set()

    def touch(self, order_ids: Iterable[Hashable]) -> None:
        """Take note of orders that may have changed, by id, where somebody has them together already."""
        self._touched.update(order_ids)

    def follow(self, events: Iterable[Event]) -> None:
        """Take note of the orders that events touched. All of the book come by here, or their orders by `touch`."""
        for event in events:
            second = event[1] if len(event) > 1 else None
            if isinstance(second, BookOrder):
                self._touched.add(second.order_id)
                if event[0] == TRADED or event[0] == AUCTIONED or event[0] == PREVENTED:
                    self._touched.add(event[2].order_id)

    def value(self) -> str:
        """The hash of the book as it stands."""
        for order_id in self._touched:
            self._sum -= self._shares.pop(order_id, 0)
            order = self._book.find(order_id)
            if order is not None:
                share = self._shares[order_id] = _share(order)
                self._sum += share
        self._touched.clear()
        return _digest(self._book, self._sum % _MODULUS)


def _digest(book: Book, orders: int) -> str:
    kills = sorted((scope, str(scope_id)) for scope, scope_id in book.kills)
    facts = [book.sequence, book.position, book.engine_at, book.phase, book.reference, book.last_price, book.fallback]
    return sha256(_line([facts, book.parameters, kills, book.window.buckets(), f"{orders:064x}"])).hexdigest()


def _share(order: BookOrder) -> int:
    """One order's part of the sum."""
    facts = [
        order.priority, order.accepted, str(order.order_id), order.is_buy, order.price, order.amount, order.remaining,
        order.hidden, order.prevented, order.order_type, order.is_market, order.is_resting_allowed, order.is_dormant, order.mode,
        order.stop_price, order.display, order.expires_at,
        str(order.group), str(order.profile), str(order.entity), str(order.credential),
    ]  # fmt: skip
    return int.from_bytes(sha256(_line(facts)).digest())


def _line(facts: list[object]) -> bytes:
    return _encode(facts).encode("ascii") + b"\n"
