"""What everybody sees of a book: told change by change it is at every batch what the book itself shows."""

import random

import pytest

from tests.trading.domain.streams import base_seed
from tests.trading.model.commands import CHARACTERS, Commander
from tests.trading.model.engine import BANDS, start_model, swept_early, to_instruction
from trading.domain import visible_book
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.checksum import book_checksum
from trading.domain.engine import apply
from trading.domain.visible_book import BookChanges, VisibleBook

COMMANDS = 1_500
ALL = 1_000_000


class Reader:
    """Somebody who knows the changes alone."""

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}

    def hear(self, changes: BookChanges) -> None:
        for levels, side in ((changes.bids, self.bids), (changes.asks, self.asks)):
            for price, lots in levels:
                assert side.get(price, 0) != lots, "told without having changed"
                if lots:
                    side[price] = lots
                else:
                    del side[price]

    def book(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return sorted(self.bids.items(), reverse=True), sorted(self.asks.items())


def touched(events: list[tuple]) -> list[BookOrder]:
    return [part for event in events for part in event if isinstance(part, BookOrder)]


def follow_stream(name: str, seed: str) -> None:
    rng = random.Random(seed)
    model, commander = start_model(), Commander(seed, CHARACTERS[name])
    book = Book(parameters=BANDS)
    visible, reader = VisibleBook(book), Reader()
    events: list[tuple] = []
    for number in range(COMMANDS):
        command = commander.draw(model.state)
        commander.remember(model.apply(command))
        if command[0] == "AMEND":
            visible.before_amend(book.find(command[2]))
        apply(book, to_instruction(command), events)
        if rng.random() < 0.3 or number == COMMANDS - 1:
            changes = visible.follow(book, touched(events))
            assert list(changes.bids) == sorted(changes.bids, reverse=True)
            assert list(changes.asks) == sorted(changes.asks)
            events.clear()
            reader.hear(changes)
            assert reader.book() == visible.depth(ALL) == book.depth(ALL) == VisibleBook(book).depth(ALL)
            bids, asks = book.depth(10)
            assert visible.checksum(units_per_tick=50, units_per_lot=1) == book_checksum(asks, bids, units_per_tick=50)


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_hostile_stream_is_told_change_by_change(name: str) -> None:
    with swept_early():
        follow_stream(name, f"{base_seed()} visible {name}")


def test_many_levels_at_once_are_sorted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visible_book, "_SORT_ANEW_FROM", 2)
    follow_stream("mixed", f"{base_seed()} sorted anew")


def test_what_came_and_went_within_a_batch_is_not_told() -> None:
    book = Book()
    visible, events = VisibleBook(book), []
    apply(book, ("PLACE", 0, BookOrder(1, True, 100, 5, 5, True, False, 1)), events)
    apply(book, ("CANCEL", 0, 1, "CLIENT_REQUEST"), events)
    assert visible.follow(book, touched(events)) == ([], [])
    assert visible.checksum(units_per_tick=1, units_per_lot=1) == 0
