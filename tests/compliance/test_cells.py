"""A value is printed in exactly one way, or the report is not written."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from compliance.domain.cells import CellInvalid, CellPress
from tests.compliance.sample_report import ENTITY, SAMPLE, sample_row


def test_a_row_becomes_texts_with_the_digits_of_its_asset() -> None:
    assert CellPress(SAMPLE).press(sample_row()) == (
        str(ENTITY),
        "1",
        "plain",
        "1.50000000",
        "BTC",
        "2026-03-02T10:01:00.000000Z",
        "2026-03-02",
        True,
    )


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (Decimal("0E-18"), 8, "0.00000000"),
        (Decimal("-0.000000000000000000"), 2, "0.00"),
        (Decimal("-12.3"), 2, "-12.30"),
        (Decimal("1E+3"), 0, "1000"),
        (Decimal("99999999999999999999.999999999999999999"), 18, "99999999999999999999.999999999999999999"),
    ],
)
def test_an_amount_has_fixed_digits_no_exponent_and_no_minus_zero(value: Decimal, scale: int, text: str) -> None:
    assert CellPress(SAMPLE).press(sample_row(amount=value, amount_scale=scale))[3] == text


def test_an_instant_of_another_zone_is_printed_in_utc() -> None:
    at = datetime(2026, 3, 2, 12, 1, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    assert CellPress(SAMPLE).press(sample_row(at=at))[5] == "2026-03-02T10:01:00.000005Z"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": Decimal("0.000000001")}, "amount: a digit beyond the scale of 8"),
        ({"amount": Decimal("NaN")}, "amount: not an amount"),
        ({"amount": Decimal("1e20")}, "amount: not an amount"),
        ({"amount": 1.5}, "amount: not an amount"),
        ({"amount_scale": None}, "amount: an amount without a scale"),
        ({"number": None}, "number: empty, and may not be"),
        ({"number": True}, "number: not a whole number"),
        ({"code": "btc"}, "code: not a code"),
        ({"at": datetime(2026, 3, 2)}, "at: an instant without a zone"),  # noqa: DTZ001
        ({"day": datetime(2026, 3, 2)}, "day: not a date"),  # noqa: DTZ001
        ({"entity": ""}, "entity: not an id"),
        ({"open": "true"}, "open: not a boolean"),
        ({"note": 1}, "note: not a text"),
    ],
)
def test_a_value_that_does_not_fit_its_column_stops_the_report(changes: dict[str, object], words: str) -> None:
    with pytest.raises(CellInvalid, match=words):
        CellPress(SAMPLE).press(sample_row(**changes))


def test_a_row_with_a_column_too_few_stops_the_report() -> None:
    with pytest.raises(CellInvalid, match="8 values for 9 columns"):
        CellPress(SAMPLE).press(sample_row()[:-1])
