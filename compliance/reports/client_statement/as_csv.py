"""A statement as CSV for machines: one table, a kind of line for each block, every value untouched."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from compliance.domain.cells import Cell, Cells
from compliance.domain.formats.csv_exact import CsvWriter, quoted
from core.contracts import ColumnType, ReportColumn

Line: TypeAlias = tuple[str, dict[str, Cell]]

_PLAIN = {
    "business_date": ColumnType.DATE, "event_at": ColumnType.INSTANT, "price": ColumnType.PRICE,
    "quantity": ColumnType.QUANTITY, "change": ColumnType.QUANTITY, "balance": ColumnType.QUANTITY,
    "value": ColumnType.QUANTITY,
}  # fmt: skip
NAMES = (
    "statement", "line_type", "asset", "business_date", "event_at", "kind", "fee", "market", "side", "price", "quantity",
    "change", "balance", "value", "text", "outside_reference", "entry_id", "posting",
)  # fmt: skip


def _column(name: str) -> ReportColumn:
    kind = _PLAIN.get(name, ColumnType.TEXT)
    unit = "asset" if kind.is_scaled else ""
    return ReportColumn(name=name, title=name, type=kind, nullable=True, unit=unit, scale=unit)


COLUMNS = tuple(_column(name) for name in NAMES)


def print_csv(told: dict[str, Any], *, text: Callable[[Cell], str] = quoted) -> bytes:
    """The bytes. Lines come in this order: STATEMENT, FIRM, CLIENT, SUPERSEDES; for each asset OPENING, MOVEMENT, CLOSING, VALUE;
    LATER, RESTATED; PENDING; FEE; TOTAL_VALUE.
    """
    writer = CsvWriter(COLUMNS, text=text)
    return writer.head() + writer.rows(list(_lines(told)))


def _lines(told: dict[str, Any]) -> Iterator[Cells]:
    """The lines, each with the number of the statement in front."""
    parts = (_head(told), _books(told), _later(told), _rest(told))
    for line_type, cells in chain.from_iterable(parts):
        values = {"statement": told["number"], "line_type": line_type} | cells
        yield tuple(values.get(name) for name in NAMES)


def _head(told: dict[str, Any]) -> Iterator[Line]:
    period, client = told["period"], told["client"]
    yield "STATEMENT", {"business_date": period["to"], "text": f"{period['from']} to {period['to']}"}
    yield "FIRM", {"text": told["firm"]["name"]}
    yield "CLIENT", {"text": client["name"], "outside_reference": client["profile_reference"]}
    if told["supersedes"] is not None:
        yield "SUPERSEDES", {"kind": told["supersedes"]["number"], "text": told["supersedes"]["reason"]}


def _books(told: dict[str, Any]) -> Iterator[Line]:
    period = told["period"]
    for asset in told["assets"]:
        code, price = asset["asset"], asset["price"] or {}
        yield "OPENING", {"asset": code, "business_date": period["from"], "balance": asset["opening"]}
        yield from (("MOVEMENT", _movement(each)) for each in told["movements"] if each["asset"] == code)
        yield "CLOSING", {"asset": code, "business_date": period["to"], "balance": asset["closing"]}
        said = {"price": price.get("price"), "event_at": price.get("event_at"), "kind": price.get("source")}
        yield "VALUE", {"asset": code, "value": asset["value"]} | said


def _later(told: dict[str, Any]) -> Iterator[Line]:
    yield from (("LATER", _movement(each)) for each in told["later"])
    if told["later"]:
        yield from (("RESTATED", {"asset": each["asset"], "balance": each["restated"]}) for each in told["assets"])


def _rest(told: dict[str, Any]) -> Iterator[Line]:
    for each in told["pending"]:
        said = {"event_at": each["since"], "kind": each["kind"], "text": each["reference"]}
        yield "PENDING", {"asset": each["asset"], "quantity": each["amount"]} | said
    for each in told["fees"]:
        yield "FEE", {"asset": each["asset"], "fee": each["type"], "quantity": each["amount"]}
    yield "TOTAL_VALUE", {"asset": told["currency"], "value": told["value"]}


def _movement(each: dict[str, Any]) -> dict[str, Cell]:
    trade = each["trade"] or {}
    own = {name: each[name] for name in ("asset", "business_date", "event_at", "kind", "fee", "change", "balance")}
    of_trade = {name: trade.get(name) for name in ("market", "side", "price", "quantity")}
    rest = {name: each[name] for name in ("outside_reference", "entry_id", "posting")}
    return own | of_trade | rest | {"text": each["reference"]}
