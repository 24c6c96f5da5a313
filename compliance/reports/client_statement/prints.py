"""A statement in the format that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from compliance.domain.formats.csv_sheet import BYTE_ORDER_MARK, disarmed
from compliance.reports.client_statement.as_csv import print_csv
from core.domain.canonical import canonical_json


@dataclass(frozen=True, slots=True)
class StatementFormat:
    """How a format is named, what it is, and who prints it."""

    extension: str
    media_type: str
    prints: Callable[[dict[str, Any]], bytes]


def _pdf(told: dict[str, Any]) -> bytes:
    # The library of the paper is large; most processes never print.
    from compliance.reports.client_statement.as_pdf import print_pdf

    return print_pdf(told)


def _sheet(told: dict[str, Any]) -> bytes:
    return BYTE_ORDER_MARK + print_csv(told, text=disarmed)


FORMATS: dict[str, StatementFormat] = {
    "pdf": StatementFormat("pdf", "application/pdf", _pdf),
    "csv": StatementFormat("csv", "text/csv; charset=utf-8; header=present", print_csv),
    "json": StatementFormat("json", "application/json", canonical_json),
}
# For people with a spreadsheet; programs read the exact one.
SHEET = StatementFormat("sheet.csv", "text/csv; charset=utf-8; header=present", _sheet)
