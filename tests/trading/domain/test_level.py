"""Dead weight is swept out: nothing that was cancelled stays for long, and what it costs stays flat."""

from tests.trading.domain.engine_runs import assert_sound
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply

IDS = range(1, 2_001)


def rest(book: Book, order_id: int, price: int) -> None:
    apply(book, ("PLACE", 0, BookOrder(order_id, True, price, 5, 5, True, False, order_id)), [])


def cancel(book: Book, order_id: int) -> None:
    apply(book, ("CANCEL", 0, order_id, "CLIENT_REQUEST"), [])


def test_cancelled_orders_leave_their_level_though_the_first_one_stays() -> None:
    book = Book()
    for order_id in IDS:
        rest(book, order_id, 100)
    for order_id in IDS[1:]:
        cancel(book, order_id)
    assert_sound(book)
    assert len(book.bids.best) <= 64
    assert book.best_bid() == (100, 5)


def test_those_who_remain_keep_their_turn_through_a_sweep() -> None:
    book, events = Book(), []
    for order_id in IDS:
        rest(book, order_id, 100)
    staying = [order_id for order_id in IDS if order_id % 10 == 0]
    for order_id in IDS:
        if order_id % 10:
            cancel(book, order_id)
    assert_sound(book)
    apply(book, ("PLACE", 0, BookOrder("taker", False, 100, 10_000, 10_000, True, False, "taker")), events)
    assert [event[1].order_id for event in events if event[0] == "TRADED"] == staying


def test_emptied_levels_are_dropped_though_the_best_one_stays() -> None:
    book = Book()
    for order_id in IDS:
        rest(book, order_id, 10_000 - order_id)
    for order_id in IDS[1:]:
        cancel(book, order_id)
    assert_sound(book)
    assert len(book.bids.levels) == len(book.bids.ranks) <= 64
    assert book.depth(10) == ([(9_999, 5)], [])


def test_emptied_levels_behind_the_best_one_are_passed_over() -> None:
    book = Book()
    for order_id in (1, 2, 3, 4):
        rest(book, order_id, 100 - order_id)
    cancel(book, 2)
    cancel(book, 3)
    assert book.best_bid() == (99, 5)
    cancel(book, 1)
    assert book.best_bid() == (96, 5)
    cancel(book, 4)
    assert book.best_bid() is None
    assert_sound(book)
    assert not book.bids.levels


def test_an_emptied_level_comes_to_life_again() -> None:
    book = Book()
    rest(book, 1, 99)
    rest(book, 2, 98)
    cancel(book, 2)
    rest(book, 3, 98)
    assert_sound(book)
    assert book.depth(10) == ([(99, 5), (98, 5)], [])
