"""The rules of matching, one story each. Prices in ticks, amounts in lots."""

import pytest

from tests.trading.domain.storytelling import cancel, change_phase, fills, place, tell
from trading.domain.book import Book

# Resting and trading


def test_an_order_that_meets_nobody_rests() -> None:
    book = Book()
    assert place(book, "a", "BUY", 5, 100) == [("ACCEPTED", "a"), ("RESTED", "a", 5)]
    assert (book.best_bid(), book.best_ask()) == ((100, 5), None)
    assert (book.sequence, book.position) == (2, 1)
    assert book.orders["a"].priority == 2


def test_bid_and_ask_that_do_not_meet_rest_side_by_side() -> None:
    book = Book()
    place(book, "a", "BUY", 5, 100)
    assert place(book, "b", "SELL", 3, 101) == [("ACCEPTED", "b"), ("RESTED", "b", 3)]
    assert (book.best_bid(), book.best_ask()) == ((100, 5), (101, 3))


def test_a_taker_trades_at_the_makers_price_and_a_trade_is_two_events() -> None:
    book = Book()
    place(book, "maker", "SELL", 5, 100)
    assert place(book, "taker", "BUY", 2, 103) == [
        ("ACCEPTED", "taker"),
        ("TRADED", "MAKER", "maker", "taker", 100, 2, 3),
        ("TRADED", "TAKER", "taker", "maker", 100, 2, 0),
    ]
    assert book.sequence == 5
    assert book.last_price == 100
    assert book.best_ask() == (100, 3)


def test_a_selling_taker_trades_at_the_makers_price_too() -> None:
    book = Book()
    place(book, "maker", "BUY", 5, 100)
    assert fills(place(book, "taker", "SELL", 2, 97)) == [("maker", 100, 2)]


def test_equal_prices_meet() -> None:
    book = Book()
    place(book, "maker", "SELL", 5, 100)
    assert fills(place(book, "taker", "BUY", 5, 100)) == [("maker", 100, 5)]
    assert (book.best_ask(), book.orders) == (None, {})


def test_better_price_goes_first_then_the_older_order() -> None:
    book = Book()
    place(book, "late and dear", "SELL", 1, 102)
    place(book, "first at 101", "SELL", 1, 101)
    place(book, "second at 101", "SELL", 1, 101)
    place(book, "best", "SELL", 1, 100)
    told = place(book, "taker", "BUY", 4, 102)
    assert fills(told) == [
        ("best", 100, 1),
        ("first at 101", 101, 1),
        ("second at 101", 101, 1),
        ("late and dear", 102, 1),
    ]
    assert book.last_price == 102


def test_the_highest_bid_goes_first() -> None:
    book = Book()
    for order_id, price in (("low", 98), ("high", 100), ("middle", 99)):
        place(book, order_id, "BUY", 1, price)
    assert fills(place(book, "taker", "SELL", 3, 98)) == [("high", 100, 1), ("middle", 99, 1), ("low", 98, 1)]


def test_a_partly_filled_maker_keeps_its_turn() -> None:
    book = Book()
    place(book, "first", "SELL", 5, 100)
    place(book, "second", "SELL", 5, 100)
    place(book, "taker 1", "BUY", 2, 100)
    assert fills(place(book, "taker 2", "BUY", 4, 100)) == [("first", 100, 3), ("second", 100, 1)]


def test_what_a_limit_order_could_not_take_rests_at_its_limit() -> None:
    book = Book()
    place(book, "near", "SELL", 2, 100)
    place(book, "far", "SELL", 2, 102)
    told = place(book, "taker", "BUY", 5, 101)
    assert fills(told) == [("near", 100, 2)]
    assert told[-1] == ("RESTED", "taker", 3)
    assert (book.best_bid(), book.best_ask()) == ((101, 3), (102, 2))
    assert book.orders["taker"].priority == book.sequence


def test_a_remainder_that_came_to_rest_is_behind_who_was_there() -> None:
    book = Book()
    place(book, "there", "BUY", 1, 99)
    place(book, "ask", "SELL", 1, 99, "IOC")
    place(book, "there again", "BUY", 1, 99)
    place(book, "newcomer", "BUY", 1, 99)
    assert fills(place(book, "taker", "SELL", 2, 99)) == [("there again", 99, 1), ("newcomer", 99, 1)]


# Immediate or cancel, and market orders


def test_an_ioc_takes_what_it_finds_and_the_rest_expires() -> None:
    book = Book()
    place(book, "maker", "SELL", 2, 100)
    told = place(book, "taker", "BUY", 5, 100, "IOC")
    assert fills(told) == [("maker", 100, 2)]
    assert told[-1] == ("EXPIRED", "taker", "IOC_REMAINDER", 3)
    assert (book.best_bid(), book.best_ask()) == (None, None)


def test_an_ioc_that_meets_nobody_expires_whole() -> None:
    book = Book()
    place(book, "too dear", "SELL", 2, 101)
    assert place(book, "taker", "BUY", 5, 100, "IOC") == [
        ("ACCEPTED", "taker"),
        ("EXPIRED", "taker", "IOC_REMAINDER", 5),
    ]


def test_an_ioc_that_is_filled_does_not_expire() -> None:
    book = Book()
    place(book, "maker", "SELL", 5, 100)
    assert [line[0] for line in place(book, "taker", "BUY", 5, 100, "IOC")] == ["ACCEPTED", "TRADED", "TRADED"]


def test_a_market_order_stops_at_its_protection_price() -> None:
    book = Book()
    place(book, "near", "BUY", 2, 100)
    place(book, "beyond", "BUY", 2, 97)
    told = place(book, "taker", "SELL", 5, 98, "MARKET")
    assert fills(told) == [("near", 100, 2)]
    assert told[-1] == ("EXPIRED", "taker", "PROTECTION_PRICE_REACHED", 3)
    assert book.best_bid() == (97, 2)


def test_a_market_order_trades_at_its_protection_price_itself() -> None:
    book = Book()
    place(book, "at it", "BUY", 2, 98)
    assert fills(place(book, "taker", "SELL", 2, 98, "MARKET")) == [("at it", 98, 2)]


def test_a_market_order_that_empties_the_other_side_expires_as_a_remainder() -> None:
    book = Book()
    place(book, "only", "BUY", 2, 100)
    assert place(book, "taker", "SELL", 5, 98, "MARKET")[-1] == ("EXPIRED", "taker", "IOC_REMAINDER", 3)


def test_a_market_order_into_an_empty_book_expires_as_a_remainder() -> None:
    assert place(Book(), "taker", "BUY", 5, 98, "MARKET")[-1] == ("EXPIRED", "taker", "IOC_REMAINDER", 5)


# Cancelling


def test_a_cancelled_order_trades_no_more() -> None:
    book = Book()
    place(book, "gone", "SELL", 3, 100)
    place(book, "stays", "SELL", 3, 100)
    assert cancel(book, "gone") == [("CANCELLED", "gone", "CLIENT_REQUEST", 3)]
    assert book.best_ask() == (100, 3)
    assert fills(place(book, "taker", "BUY", 3, 100)) == [("stays", 100, 3)]


def test_a_cancel_says_who_wished_it_and_what_lapses() -> None:
    book = Book()
    place(book, "a", "SELL", 5, 100)
    place(book, "taker", "BUY", 2, 100)
    assert cancel(book, "a", "OPERATOR_REQUEST") == [("CANCELLED", "a", "OPERATOR_REQUEST", 3)]
    assert book.best_ask() is None


def test_a_cancel_that_comes_too_late_is_refused() -> None:
    book = Book()
    place(book, "a", "SELL", 5, 100)
    place(book, "taker", "BUY", 5, 100)
    assert cancel(book, "a") == [("CANCEL_REFUSED", "a", "ORDER_ALREADY_CLOSED")]
    assert cancel(book, "never seen") == [("CANCEL_REFUSED", "never seen", "ORDER_ALREADY_CLOSED")]


def test_a_second_cancel_is_refused() -> None:
    book = Book()
    place(book, "a", "SELL", 5, 100)
    cancel(book, "a")
    assert cancel(book, "a") == [("CANCEL_REFUSED", "a", "ORDER_ALREADY_CLOSED")]


def test_cancelling_the_best_level_uncovers_the_next() -> None:
    book = Book()
    place(book, "best", "BUY", 1, 100)
    place(book, "next", "BUY", 2, 98)
    cancel(book, "best")
    assert book.best_bid() == (98, 2)
    assert book.depth(5) == ([(98, 2)], [])


# Self-trade prevention, cancel newest


def test_a_taker_that_meets_its_own_group_is_cancelled_and_the_makers_stay() -> None:
    book = Book()
    place(book, "X1", "SELL", 30, 101, group="X")
    place(book, "B1", "SELL", 20, 101, group="B")
    assert place(book, "X2", "BUY", 40, 101, group="X") == [
        ("ACCEPTED", "X2"),
        ("PREVENTED", "X2", "X1", 30),
        ("CANCELLED", "X2", "SELF_TRADE", 40),
    ]
    assert book.depth(5) == ([], [(101, 50)])
    assert fills(place(book, "C1", "BUY", 35, 101, group="C")) == [("X1", 101, 30), ("B1", 101, 5)]


def test_fills_before_the_own_order_stand() -> None:
    book = Book()
    place(book, "B1", "SELL", 20, 100, group="B")
    place(book, "B2", "SELL", 5, 101, group="B")
    place(book, "X1", "SELL", 30, 101, group="X")
    told = place(book, "X2", "BUY", 40, 101, group="X")
    assert fills(told) == [("B1", 100, 20), ("B2", 101, 5)]
    assert told[-2:] == [("PREVENTED", "X2", "X1", 15), ("CANCELLED", "X2", "SELF_TRADE", 15)]
    assert book.best_bid() is None
    assert book.last_price == 101


def test_a_taker_that_is_full_before_its_own_order_is_not_prevented() -> None:
    book = Book()
    place(book, "B1", "SELL", 20, 100, group="B")
    place(book, "X1", "SELL", 30, 100, group="X")
    told = place(book, "X2", "BUY", 20, 100, group="X")
    assert [line[0] for line in told] == ["ACCEPTED", "TRADED", "TRADED"]


def test_an_own_order_beyond_the_limit_is_not_met() -> None:
    book = Book()
    place(book, "X1", "SELL", 30, 101, group="X")
    assert place(book, "X2", "BUY", 20, 100, group="X")[-1] == ("RESTED", "X2", 20)


@pytest.mark.parametrize("terms", ["IOC", "MARKET"])
def test_immediate_orders_are_prevented_alike(terms: str) -> None:
    book = Book()
    place(book, "X1", "BUY", 3, 100, group="X")
    assert place(book, "X2", "SELL", 2, 99, terms, group="X")[-2:] == [
        ("PREVENTED", "X2", "X1", 2),
        ("CANCELLED", "X2", "SELF_TRADE", 2),
    ]


def test_a_cancelled_own_order_prevents_nothing() -> None:
    book = Book()
    place(book, "X1", "SELL", 3, 100, group="X")
    place(book, "B1", "SELL", 3, 100, group="B")
    cancel(book, "X1")
    assert fills(place(book, "X2", "BUY", 3, 100, group="X")) == [("B1", 100, 3)]


# Phases and reference


@pytest.mark.parametrize("phase", ["CANCEL_ONLY", "HALTED"])
def test_a_market_that_is_not_open_rejects_orders_and_lets_cancel(phase: str) -> None:
    book = Book()
    place(book, "a", "BUY", 5, 100)
    assert change_phase(book, phase) == [("PHASE_CHANGED", "OPEN", phase, "MAINTENANCE")]
    assert place(book, "b", "SELL", 5, 100) == [("REJECTED", "b", "PHASE_NOT_ALLOWED")]
    assert book.best_bid() == (100, 5)
    assert cancel(book, "a") == [("CANCELLED", "a", "CLIENT_REQUEST", 5)]


def test_a_halted_market_reopens_by_way_of_cancel_only() -> None:
    book = Book()
    place(book, "a", "BUY", 5, 100)
    change_phase(book, "HALTED")
    assert change_phase(book, "OPEN") == [("PHASE_REFUSED", "HALTED", "OPEN", "PHASE_NOT_ALLOWED")]
    assert book.phase == "HALTED"
    change_phase(book, "CANCEL_ONLY")
    assert change_phase(book, "OPEN") == [("PHASE_REFUSED", "CANCEL_ONLY", "OPEN", "PHASE_NOT_ALLOWED")]
    change_phase(book, "AUCTION")
    assert change_phase(book, "OPEN") == [("PHASE_CHANGED", "AUCTION", "OPEN", "MAINTENANCE")]
    assert fills(place(book, "b", "SELL", 5, 100)) == [("a", 100, 5)]


@pytest.mark.parametrize("phase", ["OPEN", "NO SUCH PHASE"])
def test_a_move_that_leads_nowhere_is_refused(phase: str) -> None:
    book = Book()
    assert change_phase(book, phase) == [("PHASE_REFUSED", "OPEN", phase, "PHASE_NOT_ALLOWED")]
    assert (book.phase, book.sequence) == ("OPEN", 1)


def test_the_reference_is_set_and_leaves_the_last_price_alone() -> None:
    book = Book(last_price=98)
    assert tell(book, ("SET_REFERENCE", 0, 120)) == [("REFERENCE_SET", 120)]
    assert (book.reference, book.last_price) == (120, 98)
