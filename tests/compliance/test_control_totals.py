"""What was written is added up twice, by two ways, and has to agree."""

from decimal import Decimal

from compliance.domain.cells import CellPress
from compliance.domain.control_totals import counters_of, figures_of, first_difference, totals_json
from tests.compliance.sample_report import SAMPLE, sample_row

ROWS = [
    CellPress(SAMPLE).press(sample_row(number, code=code, amount=Decimal(amount)))
    for number, (code, amount) in enumerate([("BTC", "1.5"), ("USD", "-2"), ("BTC", "0.00000001")])
]


def test_rows_are_counted_and_amounts_added_by_group_exactly() -> None:
    count, amounts = counters_of(SAMPLE)
    for counter in (count, amounts):
        counter.add(ROWS[:2])
        counter.add(ROWS[2:])
    assert count.figures == {(): Decimal(3)}
    assert amounts.figures == {("BTC",): Decimal("1.50000001"), ("USD",): Decimal("-2")}
    assert totals_json([count, amounts]) == [
        {"name": "rows", "figures": [{"group": [], "value": "3"}]},
        {
            "name": "amount_by_code",
            "figures": [{"group": ["BTC"], "value": "1.50000001"}, {"group": ["USD"], "value": "-2"}],
        },
    ]


def test_agreement_ignores_groups_without_value() -> None:
    amounts = counters_of(SAMPLE)[1]
    amounts.add(ROWS)
    checked = figures_of([("BTC", Decimal("1.500000010")), ("USD", Decimal("-2")), ("ETH", Decimal("0"))])
    assert first_difference(amounts, checked) is None


def test_the_first_group_that_differs_is_named() -> None:
    amounts = counters_of(SAMPLE)[1]
    amounts.add(ROWS)
    difference = first_difference(amounts, figures_of([("BTC", Decimal("1.5")), ("USD", Decimal("-2"))]))
    assert difference is not None
    assert (difference.total, difference.group) == ("amount_by_code", ("BTC",))
    assert (difference.written, difference.checked) == (Decimal("1.50000001"), Decimal("1.5"))


def test_a_row_that_only_one_side_has_is_a_difference() -> None:
    count = counters_of(SAMPLE)[0]
    assert first_difference(count, figures_of([(1,)])) is not None
    assert first_difference(count, figures_of([(None,)])) is None
