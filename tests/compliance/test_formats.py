"""The same cells give the same bytes; nothing that a spreadsheet would run; none and empty text stay two
things.
"""

import csv
import hashlib
import io
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.cells import CellPress, Cells
from compliance.domain.formats import FORMATS, csv_exact, csv_sheet, json_lines
from compliance.domain.formats.csv_sheet import BYTE_ORDER_MARK, is_formula_like
from compliance.domain.logical_hash import LogicalHash
from core.contracts import Format
from tests.compliance.sample_report import ENTITY, SAMPLE, sample_row

STARTERS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
FRONTS = ["", " ", "\u00a0", "\u3000", '"', "'", "\ufeff", ' "', "\ufeff '", "\u200b"]
PAYLOADS = [front + starter + "cmd|' /C calc'!A0" for starter in STARTERS for front in FRONTS]
HARMLESS = ["plain", "a=b", "1-2", "x@y", "", "Müller & Söhne", "3+4", "a\nb"]


def cells(number: int = 1, **changes: object) -> Cells:
    return CellPress(SAMPLE).press(sample_row(number, **changes))


def test_exact_csv_to_the_byte() -> None:
    writer = csv_exact.FORMAT.open(SAMPLE.columns)
    assert writer.head() + writer.rows([cells(note='say "hi"'), cells(2, note=None, open=False)]) == (
        b"entity,number,note,amount,code,at,day,open\r\n"
        b'"%(id)s",1,"say ""hi""",1.50000000,"BTC",2026-03-02T10:01:00.000000Z,2026-03-02,true\r\n'
        b'"%(id)s",2,,1.50000000,"BTC",2026-03-02T10:01:00.000000Z,2026-03-02,false\r\n'
    ) % {b"id": str(ENTITY).encode()}


def test_json_lines_to_the_byte() -> None:
    writer = json_lines.FORMAT.open(SAMPLE.columns)
    assert writer.head() == b""
    assert (
        writer.rows([cells(note="é\n"), cells(2, note=None)])
        == (
            '{"amount":"1.50000000","at":"2026-03-02T10:01:00.000000Z","code":"BTC","day":"2026-03-02",'
            f'"entity":"{ENTITY}","note":"é\\n","number":"1","open":true}}\n'
            '{"amount":"1.50000000","at":"2026-03-02T10:01:00.000000Z","code":"BTC","day":"2026-03-02",'
            f'"entity":"{ENTITY}","note":null,"number":"2","open":true}}\n'
        ).encode()
    )


def test_none_and_empty_text_are_told_apart() -> None:
    csv_rows = csv_exact.FORMAT.open(SAMPLE.columns).rows([cells(note=None), cells(note="")]).split(b"\r\n")
    assert csv_rows[0].split(b",")[2] == b""
    assert csv_rows[1].split(b",")[2] == b'""'
    lines = json_lines.FORMAT.open(SAMPLE.columns).rows([cells(note=None), cells(note="")]).splitlines()
    assert [json.loads(line)["note"] for line in lines] == [None, ""]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_formula_is_disarmed_for_spreadsheets_and_untouched_for_machines(payload: str) -> None:
    row = [cells(note=payload)]
    sheet = csv_sheet.FORMAT.open(SAMPLE.columns)
    text = (sheet.head() + sheet.rows(row)).removeprefix(BYTE_ORDER_MARK).decode()
    assert next(csv.DictReader(io.StringIO(text, newline="")))["note"] == "'" + payload
    exact = csv_exact.FORMAT.open(SAMPLE.columns)
    text = (exact.head() + exact.rows(row)).decode()
    assert next(csv.DictReader(io.StringIO(text, newline="")))["note"] == payload


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert not is_formula_like(text)


def test_a_spreadsheet_gets_its_mark_and_keeps_negative_amounts_as_numbers() -> None:
    sheet = csv_sheet.FORMAT.open(SAMPLE.columns)
    assert sheet.head().startswith(b"\xef\xbb\xbfentity,")
    assert b",-2.50000000," in sheet.rows([CellPress(SAMPLE).press(sample_row(amount=_amount("-2.5")))])


def _amount(text: str) -> object:
    from decimal import Decimal

    return Decimal(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8))
def test_any_text_comes_back_from_exact_csv_and_json_lines(notes: list[str]) -> None:
    rows = [cells(number, note=note) for number, note in enumerate(notes)]
    exact = csv_exact.FORMAT.open(SAMPLE.columns)
    # NUL is no text of the database, and Python 3.11's reader refuses it.
    text = (exact.head() + exact.rows(rows)).decode()
    if "\0" not in text:
        assert [row["note"] for row in csv.DictReader(io.StringIO(text, newline=""))] == notes
    lines = json_lines.FORMAT.open(SAMPLE.columns).rows(rows).decode().split("\n")
    assert [json.loads(line)["note"] for line in lines[:-1]] == notes


@pytest.mark.parametrize("form", [form for form in Format if form in FORMATS and FORMATS[form].is_row_wise])
def test_rows_one_by_one_are_the_same_bytes_as_a_batch(form: Format) -> None:
    writer = FORMATS[form].open(SAMPLE.columns)
    rows = [cells(number, note=payload) for number, payload in enumerate(PAYLOADS)]
    assert b"".join(writer.rows([row]) for row in rows) == writer.rows(rows)


def test_the_logical_hash_is_of_the_rows_and_not_of_their_batches() -> None:
    rows = [cells(number) for number in range(10)]
    whole, cut = LogicalHash(), LogicalHash()
    whole.add(rows)
    cut.add(rows[:3])
    cut.add(rows[3:])
    expected = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()
    assert whole.hexdigest() == cut.hexdigest() == hashlib.sha256(expected).hexdigest()


def test_another_process_with_another_hash_seed_zone_and_locale_writes_the_same_bytes() -> None:
    program = (
        "import hashlib\n"
        "from compliance.domain.formats import FORMATS\n"
        "from tests.compliance.sample_report import SAMPLE\n"
        "from tests.compliance.test_formats import PAYLOADS, cells\n"
        "rows = [cells(n, note=p) for n, p in enumerate(PAYLOADS)]\n"
        "for form in [form for form in FORMATS.values() if form.schema == '' and form.extension != 'mt940.txt']:\n"
        "    writer = form.open(SAMPLE.columns)\n"
        "    print(hashlib.sha256(writer.head() + writer.rows(rows) + writer.tail()).hexdigest())\n"
    )
    answers = set()
    for seed, zone, locale in [("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8")]:
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        answers.add(done.stdout)
    assert len(answers) == 1
