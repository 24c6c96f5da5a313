"""What makes a report definition whole, and the hash that pins it."""

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from core.contracts import ReportDefinition
from core.domain.canonical import canonical_json

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,27}")
_TABLE = re.compile(r"\b(?:core|accounts|settlement|trading|compliance)_[a-z]+\b")
_ARROW = ("core", "accounts", "settlement", "trading", "compliance")

MAX_PERIOD_DAYS = 366


def definition_sha256(definition: ReportDefinition) -> str:
    """The hash of everything a definition says. It may change only together with the version."""
    return hashlib.sha256(canonical_json(_plain(dataclasses.asdict(definition)))).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]


def definition_faults(definition: ReportDefinition, app: str) -> list[str]:
    """What is wrong with a definition that `app` declares; empty when nothing is."""
    return [
        *_shape_faults(definition),
        *_total_faults(definition),
        *_source_faults(definition, app),
        *_parameter_faults(definition),
    ]


def _shape_faults(definition: ReportDefinition) -> Iterable[str]:
    names = [column.name for column in definition.columns]
    if not _CODE.fullmatch(definition.code):
        yield "the code is not upper snake of at most 28 characters"
    if len(set(names)) != len(names):
        yield "two columns have one name"
    if names[:1] != ["entity"]:
        yield "the first column is not entity"
    if not definition.key or not set(definition.key) <= set(names):
        yield "the key names a column that is not printed"
    if any(column.type.is_scaled != bool(column.scale) for column in definition.columns):
        yield "a quantity or price has no scale column, or another column has one"


def _total_faults(definition: ReportDefinition) -> Iterable[str]:
    names = {column.name for column in definition.columns}
    if not definition.totals:
        yield "there is no control total"
    for total in definition.totals:
        if not {*total.group, *filter(None, [total.column])} <= names:
            yield f"control total {total.name} names a column that is not printed"


def _source_faults(definition: ReportDefinition, app: str) -> Iterable[str]:
    allowed = _ARROW[: _ARROW.index(app) + 1]
    for table in sorted(definition.reads):
        if table.split("_")[0] not in allowed:
            yield f"{app} does not see {table}"
    texts = [definition.query, *(total.check for total in definition.totals)]
    used = {table for text in texts for table in _TABLE.findall(text)}
    for table in sorted(used - definition.reads.keys()):
        yield f"{table} is used, and not declared in reads"
    if not re.search(r"ORDER BY [^()]*\Z", definition.query.strip(), re.IGNORECASE):
        yield "the query does not end in ORDER BY"


def _parameter_faults(definition: ReportDefinition) -> Iterable[str]:
    parameters = {parameter.name: parameter for parameter in definition.parameters}
    if "entity" not in parameters:
        yield "there is no parameter entity"
    if definition.business_date not in parameters:
        yield "no parameter dates the report"
    for parameter in parameters.values():
        if parameter.not_before and not 0 < parameter.bound_days <= MAX_PERIOD_DAYS:
            yield f"the period of {parameter.name} is not bound to {MAX_PERIOD_DAYS} days"


def reads_faults(
    reads: Mapping[str, Sequence[str]],
    *,
    append_only: Mapping[str, frozenset[str]],
    unchanging: Mapping[str, frozenset[str]],
) -> list[str]:
    """Which columns of `reads` may change after insert, or do not exist.

    `append_only`: every column of the tables whose rows never change. `unchanging`: the columns that never
    change after insert of the tables whose other columns do.
    """
    faults = []
    for table, columns in sorted(reads.items()):
        allowed = append_only.get(table) or unchanging.get(table) or frozenset()
        faults += [f"{table}.{column} may change after insert" for column in columns if column not in allowed]
    return faults
