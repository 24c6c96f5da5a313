"""How the database itself spells the cells of a report, by the rules of ``cells.py``, and how its lines become columns."""

from typing import Any

import pyarrow as pa
from pyarrow import csv

from core.contracts import ColumnType, ReportColumn, ReportDefinition

# In a session whose zone is UTC.
INSTANT = 'to_char({name}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
# A digit beyond the scale divides by nothing: a wrong amount ends the statement, it is never rounded.
SCALED = "CASE WHEN {name} = round({name}, {scale}) THEN round({name}, {scale}) ELSE 1 / ({scale} - {scale}) END"
BOOLEAN = "CASE {name} WHEN true THEN 'true' WHEN false THEN 'false' END"


def spelled_query(definition: ReportDefinition) -> str:
    """The query with each cell as the text that CSV has of it; in its order."""
    cells = ", ".join(f'{_spelled(column)} AS "{column.name}"' for column in definition.columns)
    return f"SELECT {cells} FROM ({definition.query}) AS report"  # noqa: S608 - of a definition


def forced_quotes(definition: ReportDefinition) -> list[str]:
    """The columns whose cells stand in quotes."""
    return [column.name for column in definition.columns if column.type.is_textual]


def _spelled(column: ReportColumn) -> str:
    name = f'report."{column.name}"'
    if column.type.is_scaled:
        return SCALED.format(name=name, scale=f'report."{column.scale}"')
    return {ColumnType.INSTANT: INSTANT, ColumnType.BOOLEAN: BOOLEAN}.get(column.type, "{name}").format(name=name)


def read_lines(data: bytes, schema: Any) -> Any:
    """The table that lines of CSV make: nothing between commas is none, quotes with nothing between them are empty text."""
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=schema.names, use_threads=False, block_size=1 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["true"],
            false_values=["false"],
        ),
    ).cast(schema)
