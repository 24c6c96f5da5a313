"""A small report for the tests of the machinery: every type of column, nothing from the house's tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contracts import (
    Audience,
    ColumnType,
    ControlTotal,
    Format,
    ParameterType,
    ReportColumn,
    ReportDefinition,
    ReportParameter,
    Sensitivity,
)

ENTITY = UUID("01900000-0000-7000-8000-000000000001")


def column(name: str, kind: ColumnType, **options: Any) -> ReportColumn:
    return ReportColumn(name=name, title=name.title(), type=kind, **options)


SAMPLE = ReportDefinition(
    code="SAMPLE",
    version=1,
    title="Sample",
    wording="Prints a sample.",
    audiences=(Audience.AUDITOR,),
    sensitivity=Sensitivity.NORMAL,
    parameters=(
        ReportParameter(name="entity", type=ParameterType.ENTITY, title="Entity", required=False),
        ReportParameter(name="from_date", type=ParameterType.DATE, title="First day"),
        ReportParameter(
            name="to_date", type=ParameterType.DATE, title="Last day", not_before="from_date", bound_days=366
        ),
        ReportParameter(name="market", type=ParameterType.CODE, title="Market", required=False),
    ),
    columns=(
        column("entity", ColumnType.ID),
        column("number", ColumnType.INTEGER),
        column("note", ColumnType.TEXT, nullable=True),
        column("amount", ColumnType.QUANTITY, scale="amount_scale"),
        column("code", ColumnType.CODE),
        column("at", ColumnType.INSTANT),
        column("day", ColumnType.DATE),
        column("open", ColumnType.BOOLEAN),
    ),
    key=("number",),
    query='SELECT 1 AS x ORDER BY x COLLATE "C"',
    reads={},
    totals=(
        ControlTotal(name="rows", check="SELECT 1"),
        ControlTotal(name="amount_by_code", column="amount", group=("code",), check="SELECT 1"),
    ),
    formats=(Format.CSV, Format.SHEET_CSV, Format.JSON_LINES),
    cadence="on demand",
    retention_class="orders_trades",
    business_date="to_date",
)


def sample_row(number: int = 1, **changes: Any) -> tuple[Any, ...]:
    """A row as the database answers it: the printed columns, then the scale."""
    values: dict[str, Any] = {
        "entity": ENTITY,
        "number": number,
        "note": "plain",
        "amount": Decimal("1.500000000000000000"),
        "code": "BTC",
        "at": datetime(2026, 3, 2, 10, 1, tzinfo=UTC),
        "day": date(2026, 3, 2),
        "open": True,
        "amount_scale": 8,
    }
    return tuple((values | changes).values())
