"""The book checksum, by its published vectors."""

from trading.domain.checksum import book_checksum


def test_the_vector_of_a_market_with_scales_2_and_4() -> None:
    asks = [(60000_00, 5000), (60000_50, 1_2500), (60012_00, 300)]
    bids = [(59990_50, 2498), (59990_00, 2_0000), (59800_50, 10_0000)]
    assert book_checksum(asks, bids) == 3894497066


def test_the_same_vector_in_ticks_of_a_half() -> None:
    asks = [(120000, 5000), (120001, 1_2500), (120024, 300)]
    bids = [(119981, 2498), (119980, 2_0000), (119601, 10_0000)]
    assert book_checksum(asks, bids, units_per_tick=50) == 3894497066


def test_the_vector_of_a_market_with_scales_5_and_0() -> None:
    assert book_checksum([(1250, 1500)], [(1245, 20)]) == 1746470755


def test_lots_that_are_many_units() -> None:
    assert book_checksum([(1250, 15)], [(1245, 2)], units_per_lot=100) == book_checksum([(1250, 1500)], [(1245, 200)])


def test_an_empty_book_has_checksum_0() -> None:
    assert book_checksum([], []) == 0


def test_only_ten_levels_of_a_side_count() -> None:
    asks = [(100 + number, 7) for number in range(12)]
    bids = [(99 - number, 7) for number in range(12)]
    ten = book_checksum(asks[:10], bids[:10])
    assert book_checksum(asks, bids) == ten
    assert book_checksum(asks[:9], bids[:10]) != ten
    assert book_checksum(asks[:10], bids[:9]) != ten


def test_asks_come_before_bids() -> None:
    assert book_checksum([(2, 1)], [(1, 1)]) != book_checksum([(1, 1)], [(2, 1)])
