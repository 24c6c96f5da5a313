"""What holds of every stream, whatever is in it."""

from itertools import pairwise

import pytest

from tests.trading.domain.engine_runs import assert_sound, restored, run, to_instruction
from tests.trading.domain.streams import CHARACTERS, base_seed, draw_stream
from trading.domain.book import Book
from trading.domain.engine import apply
from trading.domain.event import CANCELLED, EXPIRED, REJECTED, TRADED
from trading.domain.state_hash import state_hash


def streams(count: int) -> list[list[tuple]]:
    seed = base_seed()
    return [list(draw_stream(f"{seed} {name}", character, count)) for name, character in CHARACTERS.items()]


def test_no_lot_is_made_or_lost() -> None:
    for stream in streams(3_000):
        book = Book()
        placed, filled, lapsed = {}, {}, {}
        for plain in stream:
            instruction, events = to_instruction(plain), []
            if plain[0] == "PLACE":
                placed[plain[2]["id"]] = instruction[2]
            apply(book, instruction, events)
            for event in events:
                if event[0] == TRADED:
                    for order in event[1:3]:
                        filled[order.order_id] = filled.get(order.order_id, 0) + event[4]
                elif event[0] in (EXPIRED, CANCELLED):
                    lapsed[event[1].order_id] = event[3]
                elif event[0] == REJECTED:
                    lapsed[event[1].order_id] = event[1].amount
        for order_id, order in placed.items():
            assert order.amount == filled.get(order_id, 0) + lapsed.get(order_id, 0) + order.remaining
            assert (order_id in book.orders) is (order.remaining > 0) is (order.level is not None)
        bought = sum(filled.get(key, 0) for key, order in placed.items() if order.is_buy)
        sold = sum(filled.get(key, 0) for key, order in placed.items() if not order.is_buy)
        assert bought == sold > 0


def test_trades_are_within_both_limits_and_between_two_groups() -> None:
    for stream in streams(3_000):
        book, events = Book(), []
        for plain in stream:
            apply(book, to_instruction(plain), events)
        trades = [event for event in events if event[0] == TRADED]
        assert trades
        for _, maker, taker, price, lots, maker_remaining, taker_remaining in trades:
            buyer, seller = (maker, taker) if maker.is_buy else (taker, maker)
            assert seller.price <= price <= buyer.price and price == maker.price
            assert buyer.is_buy and not seller.is_buy and buyer.group != seller.group
            assert lots > 0 and maker_remaining >= 0 and taker_remaining >= 0


def test_the_book_is_sound_and_uncrossed_after_every_instruction() -> None:
    for stream in streams(600):
        book = Book()
        for plain in stream:
            run(book, plain)
            assert_sound(book)


def test_sequence_has_no_gaps_and_time_never_runs_back() -> None:
    for stream in streams(3_000):
        book = Book(sequence=500, engine_at=1_500)
        told = [line for plain in stream for line in run(book, plain)]
        assert [line[0] for line in told] == list(range(501, 501 + len(told)))
        times = [line[1] for line in told]
        assert times == sorted(times) and times[0] >= 1_500
        assert any(plain[1] < before[1] for before, plain in pairwise(stream))
        assert book.position == len(stream)


@pytest.mark.parametrize("every", [1, 7, 100])
def test_a_restored_book_goes_on_as_if_nothing_had_happened(every: int) -> None:
    for stream in streams(1_000):
        steady, restarted = Book(), Book()
        for number, plain in enumerate(stream):
            if number % every == 0:
                restarted = restored(restarted)
            assert run(restarted, plain) == run(steady, plain)
        assert state_hash(restarted) == state_hash(steady)


def test_replay_gives_the_same_hash_and_the_hash_sees_every_step() -> None:
    for stream in streams(1_000):
        first, second = Book(), Book()
        hashes = []
        for plain in stream:
            run(first, plain)
            hashes.append(state_hash(first))
        for plain in stream:
            run(second, plain)
        assert state_hash(second) == hashes[-1]
        # Every instruction takes a sequence number, so no two states are alike.
        assert len(set(hashes)) == len(stream)
