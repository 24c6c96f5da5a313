"""A copy of a book and its views: whatever changes, who applies what is told has the best levels."""

from hypothesis import given
from hypothesis import strategies as st

from trading.domain.book_copy import DEEPEST, BookCopy, DepthView

PRICES = st.integers(min_value=1, max_value=40).map(lambda units: f"{units / 100:.2f}")
SIZES = st.sampled_from(["0", "0.1000", "2.0000", "13.5000"])
CHANGES = st.lists(st.lists(st.tuples(st.sampled_from(["asks", "bids"]), PRICES, SIZES), max_size=6), max_size=12)


def sides(levels: list[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    # A batch names each price once.
    last = {(side, price): size for side, price, size in levels}
    return {
        side: [(price, size) for (named, price), size in last.items() if named == side] for side in ("asks", "bids")
    }


def take(reader: dict[str, dict[str, str]], told: tuple[list, list]) -> None:
    for side, levels in zip(("asks", "bids"), told, strict=True):
        for price, size in levels:
            if size == "0":
                del reader[side][price]
            else:
                reader[side][price] = size


@given(CHANGES, st.integers(min_value=1, max_value=5))
def test_a_reader_of_changes_has_the_best_levels(batches: list[list[tuple[str, str, str]]], depth: int) -> None:
    truth: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}
    reader: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}
    copy = BookCopy(asks=[], bids=[], sequence=0, most=1_000)
    view = DepthView(copy, depth)
    for number, batch in enumerate(batches, start=1):
        levels = sides(batch)
        for side, changed in levels.items():
            for price, size in changed:
                truth[side].pop(price, None)
                if size != "0":
                    truth[side][price] = size
        copy.change(levels, sequence=number)
        told = view.changes(copy)
        if told is not None:
            take(reader, told)
        for side, is_down in (("asks", False), ("bids", True)):
            best = sorted(truth[side].items(), key=lambda level: float(level[0]), reverse=is_down)[:depth]
            assert dict(best) == reader[side]
    assert copy.sequence == len(batches)


def test_nothing_is_told_of_what_is_deeper() -> None:
    copy = BookCopy(asks=[("1.00", "1.0"), ("2.00", "1.0")], bids=[], sequence=7, most=1_000)
    view = DepthView(copy, 1)
    copy.change({"asks": [["2.00", "5.0"], ["3.00", "1.0"]], "bids": []}, sequence=8)
    assert view.changes(copy) is None
    copy.change({"asks": [["1.00", "0"]], "bids": []}, sequence=9)
    assert view.changes(copy) == ([("2.00", "5.0"), ("1.00", "0")], [])


def test_the_checksum_is_that_of_the_rule_book() -> None:
    copy = BookCopy(
        asks=[("60000.00", "0.5000"), ("60000.50", "1.2500"), ("60012.00", "0.0300")],
        bids=[("59990.50", "0.2498"), ("59990.00", "2.0000"), ("59800.50", "10.0000")],
        sequence=1,
        most=1_000,
    )
    assert copy.checksum() == 3_894_497_066


def test_a_book_read_in_part_says_when_it_has_to_be_read_anew() -> None:
    most = DEEPEST + 1
    asks = [(f"{number}.00", "1.0") for number in range(1, most + 1)]
    copy = BookCopy(asks=asks, bids=[], sequence=1, most=most)
    # Beyond what was read nothing is known, so nothing is believed.
    copy.change({"asks": [[f"{most + 5}.00", "1.0"], ["1.00", "0"]], "bids": []}, sequence=2)
    assert not copy.is_short
    copy.change({"asks": [["2.00", "0"]], "bids": []}, sequence=3)
    assert copy.is_short
