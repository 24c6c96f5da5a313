"""One object of data on paper, as CSV and as JSON: the same figures, and the same bytes whenever it is printed."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from compliance.domain.formats.csv_sheet import BYTE_ORDER_MARK
from compliance.operations.take_statement import print_statement
from compliance.reports.client_statement.as_pdf import print_pdf
from compliance.reports.client_statement.prints import FORMATS, SHEET
from compliance.reports.client_statement.told import tell_statement
from compliance.reports.client_statement.words import amount
from core.domain.refusals import Refusal
from tests.compliance.statements.conftest import Stated
from tests.compliance.statements.reading import pages_of

ROOT = Path(__file__).resolve().parents[3]
PRINT = """
import os, sys, json, hashlib
os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
import django
django.setup()
from compliance.reports.client_statement.prints import FORMATS
told = json.load(sys.stdin)
print(*(hashlib.sha256(FORMATS[name].prints(told)).hexdigest() for name in sorted(FORMATS)))
"""


def a_movement(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "asset": "USD", "business_date": "2026-03-02", "event_at": f"2026-03-02T10:{number % 60:02}:00.000000Z",
        "kind": "DEPOSIT", "fee": None, "change": "1.500000", "balance": f"{number}.500000", "reference": "",
        "outside_reference": f"WIRE-{number}", "entry_id": "e", "posting": str(number), "source_type": "", "source_id": "",
        "corrects_entry_id": None, "trade": None,
    } | changes  # fmt: skip


@pytest.fixture
def told(stated: Stated) -> dict[str, Any]:
    return tell_statement(stated.statement)


def flat(pdf: bytes) -> list[str]:
    return [text for page in pages_of(pdf) for text in page]


def test_the_paper_says_what_the_books_say(stated: Stated, told: dict[str, Any]) -> None:
    said = flat(print_statement(stated.statement, FORMATS["pdf"]).content)
    for words in (
        "Account statement", "Alder", "2026-0001", "2026-03-02 to 2026-03-02", "BTC · Bitcoin", "1,000.00", "300.60",
        "699.40", "Bought 0.005 at 60,000.00, BTC-USD", "−300.00", "Fee, BTC-USD", "−0.60", "Closing balance",
        "no price", "Page 1 of 1", "Statement 2026-0001 of profile main · 2026-03-02 to 2026-03-02",
    ):  # fmt: skip
        assert words in said, words
    assert not any("compliant" in text.lower() or "printed" in text.lower() for text in said)


def test_every_format_has_every_movement_and_the_same_sums(told: dict[str, Any]) -> None:
    lines = list(csv.DictReader(io.StringIO(FORMATS["csv"].prints(told).decode())))
    moved = [line for line in lines if line["line_type"] == "MOVEMENT"]
    assert [line["change"] for line in moved] == [each["change"] for each in told["movements"]]
    for asset in told["assets"]:
        of_asset = [line for line in lines if line["asset"] == asset["asset"]]
        opening, closing = (
            next(Decimal(line["balance"]) for line in of_asset if line["line_type"] == name)
            for name in ("OPENING", "CLOSING")
        )
        changes = sum(Decimal(line["change"]) for line in of_asset if line["line_type"] == "MOVEMENT")
        assert opening + changes == closing == Decimal(asset["closing"])
    assert json.loads(FORMATS["json"].prints(told)) == told
    assert [line["quantity"] for line in lines if line["line_type"] == "FEE"] == ["0.600000"]
    trade = next(line for line in moved if line["market"])
    assert (trade["side"], trade["price"], trade["quantity"]) == ("BUY", "60000.00", "0.0050")


def test_another_process_another_zone_another_seed_and_later_the_same_bytes(told: dict[str, Any]) -> None:
    here = [hashlib.sha256(FORMATS[name].prints(deepcopy(told))).hexdigest() for name in sorted(FORMATS)]
    for seed, zone in (("1", "Asia/Tokyo"), ("4711", "America/New_York")):
        done = subprocess.run(
            [sys.executable, "-c", PRINT], input=json.dumps(told), capture_output=True, text=True, check=True, cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
        )  # fmt: skip
        assert done.stdout.split() == here


def test_its_type_is_embedded_and_no_other_is_named(told: dict[str, Any]) -> None:
    made = print_pdf(told)
    assert made.count(b"/FontFile2") == 2
    for name in (b"Helvetica", b"Times", b"Courier", b"ZapfDingbats"):
        assert name not in made
    assert b"(D:20000101000000+00'00')" in made, "the date of no day"


def test_a_thousand_movements_turn_pages_and_each_page_is_counted(told: dict[str, Any]) -> None:
    told["movements"] = [a_movement(number) for number in range(1_000)]
    pages = pages_of(print_pdf(told))
    assert len(pages) > 20
    assert [page[-1] for page in pages] == [f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)]
    assert sum(text.startswith("payment WIRE-") for page in pages for text in page) == 1_000
    assert all("USD, movements, continued" in page and "Balance" in page for page in pages[2:-1])
    longest = deepcopy(told)
    longest["movements"] = [a_movement(number, outside_reference="x" * 3_000) for number in range(3)]
    assert len(pages_of(print_pdf(longest))) >= 1


def test_more_pages_than_paper_may_have_are_refused(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.reports.client_statement.paper.MOST_PAGES", 3)
    told["movements"] = [a_movement(number) for number in range(1_000)]
    with pytest.raises(Refusal, match="STATEMENT_TOO_LARGE"):
        print_pdf(told)


def test_names_of_any_letters_and_any_length_are_printed(told: dict[str, Any]) -> None:
    for name, printed in (
        ("Łukasz Żółć-Ångström", "Łukasz Żółć-Ångström"),
        ("Ελένη Παπαδοπούλου", "Ελένη Παπαδοπούλου"),
        ("Анна Каренина", "Анна Каренина"),
        ("אברהם כהן", "ןהכ םהרבא"),
        ("東京 Ltd", "[U+6771][U+4EAC] Ltd"),
        ("A\u202eB\x07C", "A[U+202E]B[U+0007]C"),
        ("<b>&amp;</b> (Ltd) \\ O'Neil", "<b>&amp;</b> (Ltd) \\ O'Neil"),
    ):
        told["client"]["name"] = name
        assert printed in flat(print_pdf(told)), name
    told["client"]["name"] = "Wolfeschlegelsteinhausenbergerdorff" * 5 + " and Sons"
    said = flat(print_pdf(told))
    start = said.index("Client") + 1
    assert "".join(said[start : said.index("Profile")]).replace(" ", "") == told["client"]["name"].replace(" ", "")


def test_an_amount_is_never_cut(told: dict[str, Any]) -> None:
    told["movements"] = [a_movement(1, change="-99999999999999999999.123456", balance="99999999999999999999.123456")]
    assert "−99,999,999,999,999,999,999.123456" in flat(print_pdf(told))
    assert [amount(text, 2) for text in ("0.000000", "-0.500000", "1234567.123400", "12")] == [
        "0.00", "−0.50", "1,234,567.1234", "12",
    ]  # fmt: skip


def test_a_correction_names_what_it_corrects_and_tells_what_came_later(told: dict[str, Any]) -> None:
    told["supersedes"] = {"number": "2026-0001", "reason": "A deposit came late."}
    told["later"] = [a_movement(7, business_date="2026-03-03")]
    told["assets"][1]["restated"] = "700.900000"
    said = flat(print_pdf(told))
    for words in (
        "Corrects statement 2026-0001",
        "A deposit came late.",
        "Booked later",
        "USD · Deposit",
        "USD with this",
        "700.90",
    ):
        assert words in said, words
    assert any("counts for 2026-03-03" in text for text in said)
    types = [line["line_type"] for line in csv.DictReader(io.StringIO(FORMATS["csv"].prints(told).decode()))]
    assert [types.count(name) for name in ("SUPERSEDES", "LATER", "RESTATED")] == [1, 1, 2]


def test_what_is_not_over_is_told(told: dict[str, Any]) -> None:
    told["pending"] = [
        {
            "kind": kind,
            "asset": "USD",
            "amount": "7.000000",
            "reference": "mine-1",
            "since": "2026-03-02T09:00:00.000000Z",
        }
        for kind in ("WITHDRAWAL", "ORDERS", "DEPOSIT_UNDER_REVIEW")
    ]
    said = flat(print_pdf(told))
    for words in ("Withdrawal on its way", "Reserved for open orders", "Deposit under review, not part of the balance"):
        assert words in said
    assert "mine-1 · since 2026-03-02 09:00:00 UTC" in said


def test_a_spreadsheet_runs_nothing_and_a_machine_reads_what_is(told: dict[str, Any]) -> None:
    told["client"]["name"] = '=HYPERLINK("http://x")'
    sheet = SHEET.prints(told)
    assert sheet.startswith(BYTE_ORDER_MARK)
    assert b"\"'=HYPERLINK" in sheet
    assert b'"=HYPERLINK(""http://x"")"' in FORMATS["csv"].prints(told)
