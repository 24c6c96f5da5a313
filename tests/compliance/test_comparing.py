"""A file that is not what is made again is found, with the byte and the row."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.cells import CellPress, Cells
from compliance.domain.comparing import ComparingSink, Difference, first_unequal
from compliance.domain.formats import FORMATS
from core.contracts import Format
from tests.compliance.sample_report import SAMPLE, sample_row

WRITER = FORMATS[Format.CSV].open(SAMPLE.columns)
ROWS: list[Cells] = [CellPress(SAMPLE).press(sample_row(number)) for number in range(6)]
WHOLE = WRITER.head() + WRITER.rows(ROWS)


def compare(kept: bytes) -> Difference | None:
    sink = ComparingSink(io.BytesIO(kept), WRITER.rows)
    sink.write(WRITER.head(), ())
    sink.write(WRITER.rows(ROWS[:4]), ROWS[:4])
    sink.write(WRITER.rows(ROWS[4:]), ROWS[4:])
    sink.close("")
    return sink.difference


def test_the_same_bytes_have_no_difference() -> None:
    assert compare(WHOLE) is None


@pytest.mark.parametrize("row", range(1, 7))
def test_one_changed_byte_is_found_in_its_row(row: int) -> None:
    at = len(WRITER.head()) + len(WRITER.rows(ROWS[: row - 1])) + 7
    changed = bytearray(WHOLE)
    changed[at] ^= 1
    assert compare(bytes(changed)) == Difference(at, row)


def test_a_change_in_the_head_is_row_zero() -> None:
    assert compare(b"E" + WHOLE[1:]) == Difference(0, 0)


def test_a_cut_tail_and_a_grown_one_are_found() -> None:
    last = len(WHOLE) - len(WRITER.rows(ROWS[5:]))
    assert compare(WHOLE[:last]) == Difference(last, 6)
    assert compare(WHOLE + b"x") == Difference(len(WHOLE), 7)


@given(st.binary(), st.binary())
def test_the_first_unequal_byte(one: bytes, other: bytes) -> None:
    at = first_unequal(one, other)
    assert one[:at] == other[:at]
    assert at == min(len(one), len(other)) or one[at] != other[at]
