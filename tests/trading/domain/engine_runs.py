"""The engine, spoken to in the plain data of `streams` and answering in figures, a line for each sequence number."""

from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import TRADED, count_sequence_numbers
from trading.domain.level import Side
from trading.domain.phase import MUST_NOT_CROSS
from trading.domain.snapshot import book_of, take_snapshot


def to_order(terms: dict) -> BookOrder:
    return BookOrder(
        order_id=terms["id"],
        is_buy=terms["side"] == "BUY",
        price=terms["price"],
        amount=terms["amount"],
        remaining=terms["amount"],
        is_resting_allowed=terms["terms"] == "GTC",
        is_market=terms["terms"] == "MARKET",
        group=terms["group"],
    )


def to_instruction(plain: tuple) -> tuple:
    return ("PLACE", plain[1], to_order(plain[2])) if plain[0] == "PLACE" else plain


def run(book: Book, plain: tuple) -> list[tuple]:
    """Apply one instruction of a stream; its events as (sequence, engine time, kind, ...), a trade being two."""
    events = []
    before = book.sequence
    apply(book, to_instruction(plain), events)
    told = spell_out(events, before, book.engine_at)
    assert book.sequence == before + sum(count_sequence_numbers(event) for event in events)
    return told


def spell_out(events: list[tuple], sequence: int, engine_at: int) -> list[tuple]:
    told = []
    for event in events:
        for line in _lines(event):
            sequence += 1
            told.append((sequence, engine_at, *line))
    return told


def _lines(event: tuple) -> list[tuple]:
    if event[0] != TRADED:
        return [tuple(part.order_id if isinstance(part, BookOrder) else part for part in event)]
    _, maker, taker, price, lots, maker_remaining, taker_remaining = event
    return [
        (TRADED, "MAKER", maker.order_id, taker.order_id, price, lots, maker_remaining),
        (TRADED, "TAKER", taker.order_id, maker.order_id, price, lots, taker_remaining),
    ]


def open_orders(book: Book) -> list[tuple]:
    """(id, remaining, priority) by priority."""
    return sorted(
        [(order.order_id, order.remaining, order.priority) for order in book.orders.values()],
        key=lambda order: order[2],
    )


def restored(book: Book) -> Book:
    """A second book with the same content, made from nothing but the data of the first."""
    return book_of(take_snapshot(book))


def assert_sound(book: Book) -> None:
    """What must hold of a book between any two instructions."""
    bid, ask = book.best_bid(), book.best_ask()
    if book.phase in MUST_NOT_CROSS:
        assert bid is None or ask is None or bid[0] < ask[0], f"crossed at rest: {bid} {ask}"
    found = {}
    for side, is_buy in ((book.bids, True), (book.asks, False)):
        _assert_side_sound(side)
        for level in side.levels.values():
            for order in level:
                if order.remaining:
                    assert order.is_buy is is_buy and order.price == level.price and order.level is level
                    assert order.order_id not in found
                    found[order.order_id] = order
                    _assert_display_sound(order)
    assert found == book.orders
    assert all(order.is_dormant and order.level is None and order.remaining for order in book.dormant.values())
    assert not book.orders.keys() & book.dormant.keys()


def _assert_display_sound(order: BookOrder) -> None:
    if order.display is None:
        assert order.hidden == 0
    else:
        assert 0 < order.remaining <= order.display and order.hidden >= 0
    assert order.open_lots <= order.amount


def _assert_side_sound(side: Side) -> None:
    assert sorted(side.ranks) == sorted(side.levels)
    living = [level for level in side.levels.values() if level.lots]
    assert len(side.levels) - len(living) == side.vacant
    assert side.best is (min(living, key=lambda level: level.rank) if living else None)
    for rank, level in side.levels.items():
        assert level.rank == rank and level.price == abs(rank)
        assert level.lots == sum(order.remaining for order in level)
        assert level.dead == sum(not order.remaining for order in level)
        priorities = [order.priority for order in level if order.remaining]
        assert priorities == sorted(priorities)
