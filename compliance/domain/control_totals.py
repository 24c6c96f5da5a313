"""Figures added up while a report is written, compared with the same figures from a second, separately
written query.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from compliance.domain.cells import Cell, Cells
from core.contracts import ControlTotal, ReportDefinition
from core.domain.decimals import CONTEXT

Group: TypeAlias = tuple[str, ...]
Figures: TypeAlias = dict[Group, Decimal]

_NOTHING = Decimal(0)


def figure_text(value: Decimal) -> str:
    """The shortest plain text of a figure: no exponent, no trailing zeros, no minus zero."""
    return format(value.normalize(CONTEXT), "f") if value else "0"


def group_text(cell: Cell) -> str:
    """The name of a group: the cell itself; a boolean as in CSV; none as empty text."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else cell


@dataclass(slots=True)
class TotalCounter:
    """Adds one control total up, row by row."""

    total: ControlTotal
    column_at: int
    group_at: tuple[int, ...]
    figures: Figures = field(default_factory=dict)

    def add(self, rows: Iterable[Cells]) -> None:
        """Take the next rows. An empty cell adds nothing to a sum."""
        figures, column_at, group_at = self.figures, self.column_at, self.group_at
        for row in rows:
            group = tuple([group_text(row[at]) for at in group_at])
            cell = "1" if column_at < 0 else row[column_at]
            if cell is not None:
                figures[group] = CONTEXT.add(figures.get(group, _NOTHING), Decimal(str(cell)))


def counters_of(definition: ReportDefinition) -> list[TotalCounter]:
    """A fresh counter for each control total of the definition."""
    at = {column.name: number for number, column in enumerate(definition.columns)}
    return [
        TotalCounter(
            total=total,
            column_at=at[total.column] if total.column else -1,
            group_at=tuple(at[name] for name in total.group),
        )
        for total in definition.totals
    ]


def figures_of(rows: Iterable[Sequence[object]]) -> Figures:
    """What a `check` query answered: the group's columns, then the figure."""
    return {tuple("" if name is None else str(name) for name in row[:-1]): Decimal(str(row[-1] or 0)) for row in rows}


@dataclass(frozen=True, slots=True)
class TotalDifference:
    """A group of a control total that the two ways of adding up do not agree on."""

    total: str
    group: Group
    written: Decimal
    checked: Decimal


def first_difference(counter: TotalCounter, checked: Mapping[Group, Decimal]) -> TotalDifference | None:
    """The first group, in order, whose figures differ; absent is zero."""
    for group in sorted(counter.figures.keys() | checked.keys()):
        written = counter.figures.get(group, _NOTHING)
        expected = checked.get(group, _NOTHING)
        if written != expected:
            return TotalDifference(counter.total.name, group, written, expected)
    return None


def totals_json(counters: Iterable[TotalCounter]) -> list[dict[str, object]]:
    """The control totals as they stand in the manifest: groups in order, figures as text."""
    return [
        {
            "name": counter.total.name,
            "figures": [
                {"group": list(group), "value": figure_text(value)} for group, value in sorted(counter.figures.items())
            ],
        }
        for counter in counters
    ]
