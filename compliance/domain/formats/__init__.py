"""The formats a report is written in: one writer per file, cells in, bytes out.

A writer knows no clock, no host, no locale and no database: the same cells give the same bytes on every
machine.
"""

from compliance.domain.formats import camt053, csv_exact, csv_sheet, json_lines, mt940, parquet
from compliance.domain.formats.written_format import WrittenFormat
from core.contracts import Format

FORMATS: dict[Format, WrittenFormat] = {
    Format.CSV: csv_exact.FORMAT,
    Format.SHEET_CSV: csv_sheet.FORMAT,
    Format.JSON_LINES: json_lines.FORMAT,
    Format.PARQUET: parquet.FORMAT,
    Format.CAMT053: camt053.FORMAT,
    Format.MT940: mt940.FORMAT,
}

BATCH_ROWS = 5_000
"""Rows that are written at once. A part ends between batches only, so this number is part of the format:
never a setting.
"""
