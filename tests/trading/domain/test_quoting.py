"""What a quote costs: worked vectors, and what holds whatever is asked."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain.quoting import Named, Scales, is_beyond_band, no_better, price_quote, rounded, spread_of, walk

SCALES = Scales(price=2, base=8, payment=2)
ASKS = [(Decimal("60000"), Decimal("1")), (Decimal("60100"), Decimal("1"))]


def by_base(amount: str) -> Named:
    return Named(Decimal(amount), None)


def by_quote(amount: str) -> Named:
    return Named(None, Decimal(amount))


@pytest.mark.parametrize(
    ("side", "named", "base", "quote"),
    [
        # At 60,150.00: what the client names is exact, the other is rounded for the house.
        ("BUY", by_quote("1000.00"), "0.01662510", "1000.00"),
        ("SELL", by_quote("1000.00"), "0.01662511", "1000.00"),
        ("BUY", by_base("0.01662510"), "0.01662510", "1000.00"),
        ("SELL", by_base("0.01662510"), "0.01662510", "999.99"),
        ("BUY", by_base("0.00000001"), "0.00000001", "0.01"),
        ("SELL", by_base("0.00000001"), "0.00000001", "0.00"),
    ],
)
def test_what_moves_at_a_price(side: str, named: Named, base: str, quote: str) -> None:
    priced = price_quote(side=side, raw=Fraction(60150), spread_bp=Decimal(0), named=named, scales=SCALES)
    assert (f"{priced.price:f}", f"{priced.base:f}", f"{priced.quote:f}") == ("60150.00", base, quote)


def test_the_spread_is_the_houses_on_both_sides() -> None:
    for side, price in (("BUY", "60150.00"), ("SELL", "59850.00")):
        priced = price_quote(side=side, raw=Fraction(60000), spread_bp=Decimal(25), named=by_base("1"), scales=SCALES)
        assert str(priced.price) == price
    # A price that has no end in decimals is rounded for the house.
    third = Fraction(100, 3)
    assert (
        str(price_quote(side="BUY", raw=third, spread_bp=Decimal(0), named=by_base("1"), scales=SCALES).price)
        == "33.34"
    )
    assert (
        str(price_quote(side="SELL", raw=third, spread_bp=Decimal(0), named=by_base("1"), scales=SCALES).price)
        == "33.33"
    )


def test_the_walk_is_weighted_by_amount() -> None:
    walked = walk(ASKS, by_base("1.5"))
    assert walked is not None
    assert (walked.base, walked.quote, walked.is_whole) == (Fraction(3, 2), Fraction(90050), True)
    walked = walk(ASKS, by_quote("90050"))
    assert walked is not None
    assert (walked.base, walked.is_whole) == (Fraction(3, 2), True)


def test_a_book_that_does_not_reach_says_how_far_it_does() -> None:
    walked = walk(ASKS, by_base("3"))
    assert walked is not None
    assert (walked.base, walked.is_whole) == (2, False)
    assert walk([], by_base("1")) is None
    exactly = walk(ASKS, by_base("2"))
    assert exactly is not None
    assert exactly.is_whole


def test_tiers_begin_where_they_say() -> None:
    tiers = [(Decimal(0), Decimal(20)), (Decimal(1), Decimal(50))]
    assert [spread_of(tiers, Fraction(size)) for size in ("0.99999999", "1", "7")] == [20, 50, 50]


def test_the_book_is_never_undercut() -> None:
    assert no_better("BUY", Fraction(100), Fraction(101)) == 101
    assert no_better("BUY", Fraction(102), Fraction(101)) == 102
    assert no_better("SELL", Fraction(100), Fraction(99)) == 99
    assert no_better("SELL", Fraction(98), None) == 98


def test_the_band_lets_its_edge_in() -> None:
    assert not is_beyond_band(price=Decimal(102), reference=Decimal(100), band=Decimal("0.02"))
    assert is_beyond_band(price=Decimal("102.01"), reference=Decimal(100), band=Decimal("0.02"))
    assert is_beyond_band(price=Decimal("97.99"), reference=Decimal(100), band=Decimal("0.02"))


AMOUNTS = st.decimals(min_value="0.01", max_value="1000000", places=2)
LEVELS = st.lists(
    st.tuples(st.decimals("0.01", "100000", places=2), st.decimals("0.0001", "1000", places=4)), min_size=1, max_size=8
)


@given(
    side=st.sampled_from(["BUY", "SELL"]),
    is_base=st.booleans(),
    amount=AMOUNTS,
    raw=st.decimals("0.01", "100000", places=2),
    spread=st.decimals("0", "5000", places=2),
)
def test_the_house_never_loses_by_rounding(
    side: str, is_base: bool, amount: Decimal, raw: Decimal, spread: Decimal
) -> None:
    named = Named(amount, None) if is_base else Named(None, amount)
    priced = price_quote(side=side, raw=Fraction(raw), spread_bp=spread, named=named, scales=SCALES)
    assert (priced.base if is_base else priced.quote) == amount
    value = Fraction(priced.base) * Fraction(raw)
    if side == "BUY":
        assert Fraction(priced.quote) >= value
    else:
        assert Fraction(priced.quote) <= value or not priced.price


@given(levels=LEVELS, is_base=st.booleans(), amount=AMOUNTS)
def test_a_walk_takes_no_more_than_there_is(
    levels: list[tuple[Decimal, Decimal]], is_base: bool, amount: Decimal
) -> None:
    walked = walk(levels, Named(amount, None) if is_base else Named(None, amount))
    assert walked is not None
    there = sum((Fraction(size) for _, size in levels), Fraction(0))
    assert walked.base <= there
    if walked.is_whole:
        assert (walked.base if is_base else walked.quote) == Fraction(amount)
    else:
        assert walked.base == there
    prices = [Fraction(price) for price, _ in levels]
    assert min(prices) <= walked.price <= max(prices)


def test_rounding_says_its_direction() -> None:
    assert [str(rounded(Fraction(1, 3), 2, is_up=up)) for up in (True, False)] == ["0.34", "0.33"]
    assert str(rounded(Fraction(1, 4), 2, is_up=True)) == "0.25"
