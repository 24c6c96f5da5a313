"""What is chosen for a report is read strictly: every fault at once, one canonical text for one choice."""

from datetime import date

import pytest

from compliance.domain.parameters import business_date_of, parse_parameters, typed_parameters
from core.domain.refusals import Refusal
from tests.compliance.sample_report import ENTITY, SAMPLE

PERIOD = {"from_date": "2026-03-01", "to_date": "2026-03-31"}


def test_one_choice_has_one_text() -> None:
    spelled = parse_parameters(SAMPLE, {**PERIOD, "entity": str(ENTITY).upper(), "market": None})
    assert spelled == {**PERIOD, "entity": str(ENTITY)}
    assert typed_parameters(SAMPLE, spelled) == {
        "entity": ENTITY,
        "from_date": date(2026, 3, 1),
        "to_date": date(2026, 3, 31),
        "market": None,
    }
    assert business_date_of(SAMPLE, spelled) == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, [("/parameters/from_date", "FIELD_MISSING"), ("/parameters/to_date", "FIELD_MISSING")]),
        ({**PERIOD, "colour": "red"}, [("/parameters/colour", "UNKNOWN_FIELD")]),
        ({**PERIOD, "from_date": "2026-3-1"}, [("/parameters/from_date", "FIELD_INVALID")]),
        ({**PERIOD, "from_date": "2026-02-30"}, [("/parameters/from_date", "FIELD_INVALID")]),
        ({**PERIOD, "from_date": 20260301}, [("/parameters/from_date", "FIELD_INVALID")]),
        ({**PERIOD, "from_date": "٢٠٢٦-٠٣-٠١"}, [("/parameters/from_date", "FIELD_INVALID")]),
        ({**PERIOD, "entity": "somebody"}, [("/parameters/entity", "FIELD_INVALID")]),
        ({**PERIOD, "entity": ENTITY.hex}, [("/parameters/entity", "FIELD_INVALID")]),
        ({**PERIOD, "market": "BTC'; --"}, [("/parameters/market", "FIELD_INVALID")]),
        ({**PERIOD, "to_date": "2026-02-28"}, [("/parameters/to_date", "FIELD_INVALID")]),
        ({**PERIOD, "to_date": "2027-03-02"}, [("/parameters/to_date", "FIELD_INVALID")]),
    ],
)
def test_every_fault_is_named(given: dict[str, object], faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Refusal) as refused:
        parse_parameters(SAMPLE, given)
    assert (refused.value.code, refused.value.status) == ("REQUEST_INVALID", 400)
    assert [(error.pointer, error.code) for error in refused.value.errors] == faults


def test_the_longest_period_is_allowed() -> None:
    assert parse_parameters(SAMPLE, {**PERIOD, "to_date": "2027-03-01"})["to_date"] == "2027-03-01"
