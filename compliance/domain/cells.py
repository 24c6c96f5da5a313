"""From what the database answers to what is printed: one text per value, checked against the column that
declares it.

A cell is text, a boolean or none. Every format and the logical hash are made of the same cells, so they
cannot differ. What does not fit its column raises `CellInvalid`: a report with a wrong cell is not written
at all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from uuid import UUID

from core.contracts import ColumnType, ReportColumn, ReportDefinition
from core.domain.decimals import LIMIT, MAX_SCALE, format_scaled

Cell: TypeAlias = str | bool | None
Cells: TypeAlias = tuple[Cell, ...]

_HASH = re.compile(r"[0-9a-f]+")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.-]*")
_ZERO = timedelta(0)


class CellInvalid(ValueError):
    """A value does not fit its column: the report is wrong, not the reader."""


def instant_text(value: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ss.ffffffZ`. Refuses an instant without a zone; another zone is turned into UTC."""
    if value.tzinfo is None:
        raise CellInvalid("an instant without a zone")
    if value.utcoffset() != _ZERO:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise CellInvalid("not an instant")
    return instant_text(value)


def _date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise CellInvalid("not a date")
    return value.isoformat()


def _id(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise CellInvalid("not an id")


def _hash(value: Any) -> str:
    if isinstance(value, str) and _HASH.fullmatch(value):
        return value
    raise CellInvalid("not a lower hexadecimal hash")


def _code(value: Any) -> str:
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    raise CellInvalid("not a code")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise CellInvalid("not a text")


def _integer(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise CellInvalid("not a whole number")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise CellInvalid("not a boolean")


def _scaled(value: Any, scale: Any) -> str:
    """Fixed digits at `scale`, no exponent, no minus zero. Refuses `NaN`, 1e20 and above, and a digit
    beyond the scale.
    """
    if not isinstance(value, Decimal) or not value.is_finite() or not -LIMIT < value < LIMIT:
        raise CellInvalid("not an amount below 1e20")
    if not isinstance(scale, int) or not 0 <= scale <= MAX_SCALE:
        raise CellInvalid("an amount without a scale")
    try:
        return format_scaled(value, scale)
    except InvalidOperation as error:
        raise CellInvalid(f"a digit beyond the scale of {scale}") from error


_PLAIN: dict[ColumnType, Callable[[Any], Cell]] = {
    ColumnType.INSTANT: _instant,
    ColumnType.DATE: _date,
    ColumnType.ID: _id,
    ColumnType.HASH: _hash,
    ColumnType.CODE: _code,
    ColumnType.TEXT: _text,
    ColumnType.PERSONAL: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.BOOLEAN: _boolean,
}


class CellPress:
    """Turns rows of one definition into cells. A row is the printed columns in order, then the scale
    columns.
    """

    def __init__(self, definition: ReportDefinition) -> None:
        self._columns = definition.columns
        scales = {name: len(self._columns) + at for at, name in enumerate(definition.scale_columns)}
        self._plan = [_cell_maker(at, column, scales) for at, column in enumerate(self._columns)]
        self._width = len(self._columns) + len(scales)

    def press(self, row: Sequence[Any]) -> Cells:
        """The cells of `row`; raises `CellInvalid` with the name of the first column that does not fit."""
        if len(row) != self._width:
            raise CellInvalid(f"{len(row)} values for {self._width} columns")
        return tuple([make(row) for make in self._plan])


def _cell_maker(at: int, column: ReportColumn, scales: Mapping[str, int]) -> Callable[[Sequence[Any]], Cell]:
    plain = None if column.type.is_scaled else _PLAIN[column.type]
    scale_at = scales.get(column.scale, -1)

    def cell(row: Sequence[Any]) -> Cell:
        value = row[at]
        if value is None:
            if column.nullable:
                return None
            raise CellInvalid(f"{column.name}: empty, and may not be")
        try:
            return _scaled(value, row[scale_at]) if plain is None else plain(value)
        except CellInvalid as error:
            raise CellInvalid(f"{column.name}: {error}") from None

    return cell
