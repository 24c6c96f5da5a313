"""A definition is pinned by its hash, reads only what never changes, and promises nothing that it cannot show."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from compliance.checks import append_only_columns, check_reports
from compliance.domain.definitions import definition_faults, definition_sha256, reads_faults
from compliance.domain.sources import UNCHANGING
from compliance.queries.catalogue import get_report, list_reports
from core.contracts import ColumnType, ReportColumn, ReportDefinition
from core.domain.refusals import NotFound
from tests.compliance.sample_report import SAMPLE

ROOT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("definitions.json")
# What a report may not say of itself: it prints fields, and whoever receives them decides what they satisfy.
PROMISES = re.compile(r"\b(non-?)?(compliant|conform(s|ing|ant|ance)?)\b", re.IGNORECASE)


def test_a_definition_changes_only_with_its_version() -> None:
    pinned = json.loads(PINNED.read_text())
    current = {f"{e.definition.code} v{e.definition.version}": e.sha256 for e in list_reports()}
    assert current.items() <= pinned.items(), f"new version, or a line for {PINNED.name}: {current}"


def test_the_hash_is_of_everything_a_definition_says() -> None:
    assert definition_sha256(SAMPLE) == definition_sha256(dataclasses.replace(SAMPLE))
    for change in (
        {"version": 2},
        {"query": SAMPLE.query + " "},
        {"four_eyes": True},
        {"columns": SAMPLE.columns[:-1]},
    ):
        assert definition_sha256(dataclasses.replace(SAMPLE, **change)) != definition_sha256(SAMPLE)


def test_the_catalogue_has_these_reports_and_no_other_name() -> None:
    assert [entry.definition.code for entry in list_reports()] == [
        "ACCOUNT_STATEMENT", "DAILY_BALANCES", "DAILY_TRANSACTIONS", "FIAT_STATEMENT", "GENERAL_LEDGER",
        "ORDER_AUDIT_TRAIL", "PROFILE_BALANCES", "TRIAL_BALANCE",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        get_report("SAMPLE")


def test_the_reports_of_the_house_are_whole() -> None:
    assert check_reports(None) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"code": "sample"}, "the code is not upper snake"),
        ({"code": "S" * 29}, "the code is not upper snake"),
        ({"columns": SAMPLE.columns[1:]}, "the first column is not entity"),
        ({"columns": (*SAMPLE.columns, SAMPLE.columns[0])}, "two columns have one name"),
        ({"key": ("nothing",)}, "the key names a column that is not printed"),
        ({"columns": (*SAMPLE.columns, ReportColumn(name="x", title="", type=ColumnType.PRICE))}, "no scale column"),
        ({"totals": ()}, "there is no control total"),
        ({"totals": (dataclasses.replace(SAMPLE.totals[0], column="nothing"),)}, "control total rows names"),
        ({"query": "SELECT 1"}, "the query does not end in ORDER BY"),
        ({"query": "SELECT 1 FROM trading_order ORDER BY 1"}, "trading_order is used, and not declared"),
        ({"reads": {"trading_order": ("id",)}}, "settlement does not see trading_order"),
        ({"parameters": SAMPLE.parameters[1:]}, "there is no parameter entity"),
        ({"business_date": "nothing"}, "no parameter dates the report"),
        (
            {"parameters": tuple(dataclasses.replace(p, bound_days=367) for p in SAMPLE.parameters)},
            "the period of to_date is not bound",
        ),
    ],
)
def test_a_definition_that_is_not_whole_is_told_apart(change: dict[str, object], fault: str) -> None:
    assert definition_faults(SAMPLE, "settlement") == []
    broken: ReportDefinition = dataclasses.replace(SAMPLE, **change)
    assert any(fault in found for found in definition_faults(broken, "settlement"))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("trading_order", "status"),
        ("trading_order", "held"),
        ("settlement_ledgeraccount", "balance"),
        ("accounts_entity", "legal_name"),
        ("trading_orderevent", "no_such_column"),
        ("no_such_table", "id"),
    ],
)
def test_what_may_change_is_no_source(table: str, column: str) -> None:
    faults = reads_faults({table: (column,)}, append_only=append_only_columns(), unchanging=UNCHANGING)
    assert faults == [f"{table}.{column} may change after insert"]


def test_the_columns_called_unchanging_exist() -> None:
    from django.apps import apps

    columns = {m._meta.db_table: {f.column for f in m._meta.concrete_fields} for m in apps.get_models()}
    for table, unchanging in UNCHANGING.items():
        assert unchanging <= columns[table], table


def test_no_report_promises_more_than_its_fields() -> None:
    said = [(entry.definition.code, f"{entry.definition.title} {entry.definition.wording}") for entry in list_reports()]
    pages = [*(ROOT / "templates").rglob("*report*"), *(ROOT / "templates").rglob("compliance/**/*")]
    pages += [ROOT / "docs" / "reports.md", *ROOT.glob("*/reports/*.py"), ROOT / "core" / "contracts.py"]
    said += [(str(page), page.read_text()) for page in pages if page.is_file()]
    assert len(said) >= 6
    promises = [(where, found.group()) for where, text in said for found in PROMISES.finditer(text)]
    assert promises == []


@pytest.mark.parametrize("text", ["is RTS 22 compliant", "Conforms to", "in conformance with", "non-compliant"])
def test_a_promise_is_recognised(text: str) -> None:
    assert PROMISES.search(text)


def test_the_noun_of_the_app_is_no_promise() -> None:
    assert not PROMISES.search("compliance exports the record")
