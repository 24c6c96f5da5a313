"""What a book keeps between instructions: time, numbers, orders, depth, and the hash over all of it."""

from hashlib import sha256

import pytest

from tests.trading.domain.engine_runs import assert_sound, restored
from tests.trading.domain.storytelling import cancel, fills, order, place, tell
from trading.domain.book import Book, BookInvariantBroken
from trading.domain.book_order import BookOrder
from trading.domain.checksum import book_checksum
from trading.domain.state_hash import state_hash

# Time, numbers, refusals


def test_engine_time_never_runs_back() -> None:
    book = Book(engine_at=1_000)
    place(book, "a", "BUY", 5, 100, at=900)
    assert book.engine_at == 1_000
    place(book, "b", "BUY", 5, 100, at=1_100)
    place(book, "c", "BUY", 5, 100, at=1_050)
    assert book.engine_at == 1_100


def test_an_earlier_instant_is_no_earlier_turn() -> None:
    book = Book()
    place(book, "applied first", "BUY", 5, 100, at=2_000)
    place(book, "sent first", "BUY", 5, 100, at=1_000)
    assert fills(place(book, "taker", "SELL", 5, 100)) == [("applied first", 100, 5)]


def test_a_closed_order_has_nothing_remaining_and_rests_nowhere() -> None:
    book = Book()
    maker, taker = order("maker", "SELL", 5, 100), order("taker", "BUY", 7, 100, "IOC")
    tell(book, ("PLACE", 0, maker))
    assert maker.level is not None
    tell(book, ("PLACE", 0, taker))
    assert [(each.remaining, each.level) for each in (maker, taker)] == [(0, None), (0, None)]
    assert book.orders == {}


def test_the_account_of_an_order_is_not_touched() -> None:
    book, mine = Book(), object()
    maker = order("maker", "SELL", 5, 100)
    maker.account = mine
    tell(book, ("PLACE", 0, maker))
    place(book, "taker", "BUY", 5, 100)
    assert maker.account is mine


def test_an_order_is_placed_once() -> None:
    book = Book()
    resting, filled = order("resting", "BUY", 5, 99), order("filled", "BUY", 5, 100, "IOC")
    tell(book, ("PLACE", 0, resting))
    tell(book, ("PLACE", 0, filled))
    for again in (resting, filled, order("resting", "BUY", 5, 98)):
        with pytest.raises(BookInvariantBroken):
            tell(book, ("PLACE", 0, again))


def test_an_order_of_no_lots_is_refused() -> None:
    with pytest.raises(BookInvariantBroken):
        place(Book(), "a", "BUY", 0, 100)


def test_an_unknown_instruction_is_refused() -> None:
    with pytest.raises(ValueError, match="DANCE"):
        tell(Book(), ("DANCE", 0))


# Restoring, depth, hash


def test_depth_shows_the_best_levels_summed() -> None:
    book = Book()
    for number, (side, price) in enumerate([("BUY", 98), ("BUY", 99), ("BUY", 99), ("SELL", 101), ("SELL", 105)]):
        place(book, number, side, 10 + number, price)
    assert book.depth(1) == ([(99, 23)], [(101, 13)])
    assert book.depth(9) == ([(99, 23), (98, 10)], [(101, 13), (105, 14)])


def test_a_restored_book_has_the_turns_and_the_hash_of_the_first() -> None:
    book = Book()
    place(book, "a", "SELL", 5, 100)
    place(book, "b", "SELL", 5, 100)
    place(book, "c", "BUY", 3, 100)
    copy = restored(book)
    assert_sound(copy)
    assert state_hash(copy) == state_hash(book)
    assert fills(place(copy, "d", "BUY", 4, 100)) == [("a", 100, 2), ("b", 100, 2)]
    assert state_hash(copy) != state_hash(book)


def resting(order_id: str, side: str, price: int, priority: int, remaining: int = 5) -> BookOrder:
    return BookOrder(order_id, side == "BUY", price, 5, remaining, True, False, "G", priority)


@pytest.mark.parametrize(
    "orders",
    [
        [resting("a", "BUY", 100, 2), resting("b", "BUY", 100, 1)],
        [resting("a", "BUY", 100, 1), resting("b", "BUY", 100, 1)],
        [resting("a", "BUY", 100, 10)],
        [resting("a", "BUY", 100, 0)],
        [resting("a", "BUY", 100, 1), resting("a", "BUY", 100, 2)],
        [resting("a", "BUY", 100, 1, remaining=0)],
        [resting("a", "BUY", 100, 1), resting("b", "SELL", 100, 2)],
    ],
    ids=["out of order", "one turn for two", "from the future", "without turn", "id twice", "closed", "crossed"],
)
def test_what_no_book_could_hold_is_not_restored(orders: list[BookOrder]) -> None:
    with pytest.raises(BookInvariantBroken):
        Book(sequence=9).restore(orders)


def test_the_hash_is_of_a_form_that_does_not_change() -> None:
    book = Book(sequence=100, reference=120000)
    place(book, "a", "SELL", 15, 120000, group="birch")
    place(book, "b", "BUY", 4, 119981, group="alder")
    place(book, "c", "BUY", 10, 120200, group="alder")
    orders = (
        b'[102,101,"a",false,120000,15,5,0,0,"LIMIT",false,true,false,"CANCEL_NEWEST",null,null,null,"birch","None","None","None"]\n',
        b'[104,103,"b",true,119981,4,4,0,0,"LIMIT",false,true,false,"CANCEL_NEWEST",null,null,null,"alder","None","None","None"]\n',
    )
    total = sum(int.from_bytes(sha256(line).digest()) for line in orders) % 2**256
    facts = f'[[107,3,0,"OPEN",120000,120000,120000],[null,null,1,1],[],[[0,1200000,10]],"{total:064x}"]\n'
    assert state_hash(book) == sha256(facts.encode()).hexdigest()


@pytest.mark.parametrize("what", ["sequence", "position", "engine_at", "phase", "reference", "last_price", "fallback"])
def test_the_hash_covers_the_counters(what: str) -> None:
    book = Book()
    before = state_hash(book)
    setattr(book, what, "HALTED" if what == "phase" else 7)
    assert state_hash(book) != before


@pytest.mark.parametrize(
    "what",
    [
        "order_id",
        "is_buy",
        "price",
        "amount",
        "remaining",
        "hidden",
        "group",
        "priority",
        "mode",
        "expires_at",
        "profile",
    ],
)
def test_the_hash_covers_the_terms_of_orders(what: str) -> None:
    book = Book()
    place(book, "a", "SELL", 15, 100)
    before = state_hash(book)
    setattr(book.orders["a"], what, True if what == "is_buy" else 77)
    assert state_hash(book) != before


# The worked example: ticks of 0.50, lots of 0.0001


def test_the_worked_day_numbers_its_events_and_keeps_its_checksums() -> None:
    book = Book(sequence=100, reference=120000)

    def checksum() -> int:
        bids, asks = book.depth(10)
        return book_checksum(asks, bids, units_per_tick=50)

    place(book, "B-1", "SELL", 1_5000, 120000, group="birch")
    assert book.sequence == 102
    assert fills(place(book, "A-1", "BUY", 1_0000, 120200, group="alder")) == [("B-1", 120000, 1_0000)]
    assert book.sequence == 105
    place(book, "A-2", "BUY", 6000, 119981, group="alder")
    assert (book.sequence, checksum()) == (107, 2487453540)
    # Protected at 58,800.00, two per cent below the reference.
    assert fills(place(book, "B-2", "SELL", 2500, 117600, "MARKET", group="birch")) == [("A-2", 119981, 2500)]
    assert book.sequence == 110
    assert fills(place(book, "B-3", "SELL", 1002, 119980, "IOC", group="birch")) == [("A-2", 119981, 1002)]
    assert (book.sequence, checksum()) == (113, 3274804116)
    assert cancel(book, "A-2") == [("CANCELLED", "A-2", "CLIENT_REQUEST", 2498)]
    assert (book.sequence, checksum()) == (114, 2137968641)
