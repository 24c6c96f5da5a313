"""A book told about in few words, for tests that tell a story."""

from collections.abc import Hashable

from tests.trading.domain.engine_runs import spell_out
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply


def order(
    order_id: Hashable, side: str, amount: int, price: int, terms: str = "GTC", group: str | None = None
) -> BookOrder:
    """By default everybody is a group of his own."""
    return BookOrder(
        order_id, side == "BUY", price, amount, amount, terms == "GTC", terms == "MARKET", group or order_id
    )


def tell(book: Book, instruction: tuple) -> list[tuple]:
    """What comes of an instruction, with ids for orders and two lines for a trade, without numbers and time."""
    events = []
    apply(book, instruction, events)
    return [line[2:] for line in spell_out(events, 0, 0)]


def place(book: Book, *args: object, at: int = 0, **kwargs: object) -> list[tuple]:
    return tell(book, ("PLACE", at, order(*args, **kwargs)))


def cancel(book: Book, order_id: Hashable, reason: str = "CLIENT_REQUEST") -> list[tuple]:
    return tell(book, ("CANCEL", 0, order_id, reason))


def change_phase(book: Book, phase: str) -> list[tuple]:
    return tell(book, ("CHANGE_PHASE", 0, phase, "MAINTENANCE", None))


def fills(told: list[tuple]) -> list[tuple]:
    """(maker, price, lots) of every trade."""
    return [(line[2], line[4], line[5]) for line in told if line[:2] == ("TRADED", "MAKER")]
