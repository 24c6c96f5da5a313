"""What the door takes for an amend suffices, whatever of the order trades before the amend applies."""

from hypothesis import given
from hypothesis import strategies as st

from trading.domain.charging import charge_of_fill, hold_of_buy, hold_to_add

rates = st.integers(min_value=-10_000, max_value=100_000)


@given(
    lots=st.integers(1, 1_000),
    new_lots=st.integers(1, 1_000),
    price=st.integers(1, 100_000),
    new_price=st.integers(1, 100_000),
    maker=rates,
    taker=rates,
    fee_step=st.sampled_from([1, 100, 10_000]),
    fills=st.lists(st.tuples(st.integers(1, 1_000), st.floats(0, 1), st.booleans()), max_size=6),
)
def test_what_was_taken_is_enough(
    lots: int, new_lots: int, price: int, new_price: int, maker: int, taker: int, fee_step: int,
    fills: list[tuple[int, float, bool]],
) -> None:  # fmt: skip
    """A buy of `lots` at `price` becomes one of `new_lots` at `new_price`, after fills at its price or a better one."""
    maker, taker = sorted((maker, taker))
    rate = max(maker, taker, 0)
    exact = charged = filled = 0

    def need(remaining: int, at: int) -> int:
        return hold_of_buy(notional=remaining * at, exact=exact, charged=charged, rate=rate, fee_step=fee_step)

    change = hold_to_add(
        before=lots * price,
        after=new_lots * new_price,
        more_at_new_price=(new_lots - lots) * new_price,
        rate=rate,
        fee_step=fee_step,
    )
    for wanted, better, is_maker in fills:
        filling = min(wanted, lots - filled - 1)
        if filling < 1:
            continue
        notional = filling * max(1, int(price * better))
        exact += notional * (maker if is_maker else taker)
        charged += charge_of_fill(exact_after=exact, charged=charged, notional=notional, fee_step=fee_step)
        filled += filling
    still = max(0, new_lots - filled)
    if still:
        assert need(still, new_price) <= need(lots - filled, price) + change


def test_an_amend_that_needs_no_more_takes_nothing() -> None:
    assert hold_to_add(before=1_000, after=900, more_at_new_price=-50, rate=2_000, fee_step=1) == 0


def test_more_at_a_lower_price_is_held_for_the_case_that_the_old_trades_first() -> None:
    # 10 @ 100 becomes 20 @ 60: 200 now, but 600 when the old 10 are bought for 1,000 before.
    assert hold_to_add(before=1_000, after=1_200, more_at_new_price=600, rate=0, fee_step=1) == 600
