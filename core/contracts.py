"""Shapes that every app uses to declare reports, without a business noun in them.

A report is declared by the lowest app that sees all of its sources (`<app>/reports/<code>.py`, one `REPORT`
each) and made by `compliance`. Nothing here runs: a definition is data, and its hash is pinned, so that a
change without a new version shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ColumnType(StrEnum):
    """What a cell may be. Amounts keep the digits of their asset, instants are UTC to the microsecond, text
    is as stored.
    """

    QUANTITY = "quantity"
    PRICE = "price"
    INSTANT = "instant"
    DATE = "date"
    ID = "id"
    HASH = "hash"
    CODE = "code"
    TEXT = "text"
    PERSONAL = "personal"
    INTEGER = "integer"
    BOOLEAN = "boolean"

    @property
    def is_scaled(self) -> bool:
        """Whether the digits of a cell come from a scale column beside it."""
        return self in {ColumnType.QUANTITY, ColumnType.PRICE}

    @property
    def is_textual(self) -> bool:
        """Whether a cell is text: quoted in CSV, and read by a spreadsheet as whatever it looks like."""
        return self in {ColumnType.ID, ColumnType.HASH, ColumnType.CODE, ColumnType.TEXT, ColumnType.PERSONAL}


class Format(StrEnum):
    """The file formats a report can be written in."""

    CSV = "CSV"
    SHEET_CSV = "SHEET_CSV"
    JSON_LINES = "JSON_LINES"
    PARQUET = "PARQUET"
    CAMT053 = "CAMT053"
    MT940 = "MT940"


class Audience(StrEnum):
    """Whom a report is made for."""

    OPERATIONS = "operations"
    FINANCE = "finance"
    COMPLIANCE = "compliance"
    OFFICER = "officer"
    AUDITOR = "auditor"
    CLIENT = "client"
    REGULATOR = "regulator"
    PUBLIC = "public"


class Sensitivity(StrEnum):
    """`normal`: opaque ids only; `client`: one client, for that client; `personal`: clear data of persons;
    `restricted`.
    """

    NORMAL = "normal"
    CLIENT = "client"
    PERSONAL = "personal"
    RESTRICTED = "restricted"


class ParameterType(StrEnum):
    """What the text of a parameter spells."""

    ENTITY = "entity"
    DATE = "date"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportParameter:
    """One thing to be chosen. A date may not be before the one of `not_before`, nor `bound_days` or more
    after it.
    """

    name: str
    type: ParameterType
    title: str
    required: bool = True
    not_before: str = ""
    bound_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportColumn:
    """One column. `scale` names the column of the query that carries the digits of a quantity or price; it
    is not printed.
    """

    name: str
    title: str
    type: ColumnType
    unit: str = ""
    nullable: bool = False
    width: int = 16
    scale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """A figure that is added up while the rows are written, and once more by `check`, an SQL text written
    apart.

    `column` empty counts rows. `check` returns the columns of `group`, in order, then the figure as a
    number; groups whose figure is zero may be absent on either side. A difference fails the run.
    """

    name: str
    check: str
    column: str = ""
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDefinition:
    """One report: what it is called, who reads it, what can be chosen, what it prints and where that comes
    from.

    `query` is one SQL text with named parameters: those of `parameters`, and always `entity` (null: the
    whole firm), `as_of` (events before this instant) and `known_at` (a seal sequence: rows sealed at or
    below it). It ends in an ORDER BY over `key`, text keys in collation "C". `business_date` names the
    parameter that dates the report: its cut-off is the usual `as_of`. `reads` lists the tables and columns
    it uses: sealed rows that are never changed, or columns that never change after insert. `wording` is the
    phrase printed with the report.
    """

    code: str
    version: int
    title: str
    wording: str
    audiences: tuple[Audience, ...]
    sensitivity: Sensitivity
    parameters: tuple[ReportParameter, ...]
    columns: tuple[ReportColumn, ...]
    key: tuple[str, ...]
    query: str
    reads: Mapping[str, tuple[str, ...]] = field(hash=False)
    totals: tuple[ControlTotal, ...]
    formats: tuple[Format, ...]
    cadence: str
    retention_class: str
    business_date: str
    four_eyes: bool = False

    @property
    def scale_columns(self) -> tuple[str, ...]:
        """The columns of the query that follow the printed ones and carry their digits, each once, in
        order.
        """
        return tuple(dict.fromkeys(column.scale for column in self.columns if column.scale))

    def column(self, name: str) -> ReportColumn:
        """The column of that name; raises `KeyError` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
