"""The engine and the reference model, told the same, must say the same: every event, every number, every level."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.domain.engine_runs import assert_sound, open_orders, restored, run
from tests.trading.domain.reference_model import ReferenceModel
from tests.trading.domain.streams import CHARACTERS, base_seed, draw_stream
from trading.domain.book import Book

INSTRUCTIONS = 100_000


def assert_equal_state(book: Book, model: ReferenceModel) -> None:
    counters = ("sequence", "position", "engine_at", "phase", "reference", "last_price")
    assert [getattr(book, name) for name in counters] == [getattr(model, name) for name in counters]
    bids, asks = model.depth()
    assert book.depth(1_000) == (bids, asks)
    assert book.depth(3) == (bids[:3], asks[:3])
    assert book.best_bid() == (bids[0] if bids else None)
    assert book.best_ask() == (asks[0] if asks else None)
    assert open_orders(book) == model.open_orders()


@pytest.mark.parametrize("name", CHARACTERS)
def test_seeded_streams_give_the_events_of_the_model(name: str) -> None:
    book, model = Book(), ReferenceModel()
    kinds = set()
    stream = draw_stream(f"{base_seed()} {name}", CHARACTERS[name], INSTRUCTIONS // len(CHARACTERS))
    for number, instruction in enumerate(stream):
        told = model.apply(instruction)
        assert run(book, instruction) == told, f"at instruction {number}: {instruction}"
        kinds.update(event[2] for event in told)
        if number % 100 == 0:
            assert_equal_state(book, model)
            assert_sound(book)
        if number % 1_000 == 0:
            book = restored(book)
    assert_equal_state(book, model)
    # A comparison proves only what it has seen.
    assert kinds >= {"REJECTED", "TRADED", "PREVENTED", "RESTED", "EXPIRED", "CANCELLED", "CANCEL_REFUSED"}
    assert kinds >= {"PHASE_CHANGED", "PHASE_REFUSED", "REFERENCE_SET"}


def orders(number: int) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {
            "id": st.just(number),
            "side": st.sampled_from(["BUY", "SELL"]),
            "price": st.integers(98, 103),
            "amount": st.integers(1, 6),
            "terms": st.sampled_from(["GTC", "GTC", "IOC", "MARKET"]),
            "group": st.integers(0, 3),
        }
    )


@st.composite
def instructions(draw: st.DrawFn) -> list[tuple]:
    """Short streams, so that a failing one shrinks to a story."""
    stream = []
    for number in range(draw(st.integers(1, 40))):
        at = draw(st.integers(0, 50))
        kind = draw(st.sampled_from(["PLACE"] * 6 + ["CANCEL"] * 2 + ["CHANGE_PHASE", "SET_REFERENCE"]))
        if kind == "PLACE":
            stream.append((kind, at, draw(orders(number))))
        elif kind == "CANCEL":
            stream.append((kind, at, draw(st.integers(0, number)), "CLIENT_REQUEST"))
        elif kind == "CHANGE_PHASE":
            stream.append((kind, at, draw(st.sampled_from(["OPEN", "OPEN", "CANCEL_ONLY", "HALTED"])), "SCHEDULED"))
        else:
            stream.append((kind, at, draw(st.integers(98, 103))))
    return stream


@settings(max_examples=300, deadline=None)
@given(instructions())
def test_any_short_stream_gives_the_events_of_the_model(stream: list[tuple]) -> None:
    book, model = Book(), ReferenceModel()
    for instruction in stream:
        assert run(book, instruction) == model.apply(instruction)
        assert_equal_state(book, model)
        assert_sound(book)
