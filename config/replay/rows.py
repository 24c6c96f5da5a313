"""The file: CSV with one instruction a row, read row by row. A row is well formed, or it says what is wrong with it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from core.domain.decimals import NumberInvalid, parse_decimal

COLUMNS: Final = ("client_order_id", "profile", "market", "side", "type", "price", "quantity")
TYPES: Final = frozenset({"LIMIT", "MARKET", "cancel"})
MAX_LINE_CHARACTERS: Final = 2_000
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)
_PROFILE: Final = re.compile(r"[A-Za-z0-9._:/-]{1,129}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """An order (LIMIT rests, MARKET takes and expires) or, of type ``cancel``, the wish to cancel one by its client's id."""

    line: int
    client_order_id: str
    profile: str
    market: str
    side: str
    type: str
    price: Decimal | None
    quantity: Decimal | None

    @property
    def is_cancel(self) -> bool:
        return self.type == "cancel"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that is not sent: its line in the file, and why."""

    line: int
    problem: str


class FileRefused(Exception):
    """The file is not one of ours: nothing of it was sent."""


def read_rows(path: Path) -> Iterator[Row | Malformed]:
    """The rows in their order. Raises ``FileRefused`` before the first when the columns are not ours.

    Bytes that are not UTF-8 make their own row malformed and no other one.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(_bounded(file), strict=True)
        header = next(reader, None)
        if header is None or sorted(header) != sorted(COLUMNS):
            raise FileRefused(f"{path}: the first line has to name the columns {', '.join(COLUMNS)}")
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Malformed(reader.line_num, str(error))
                continue
            if cells:
                yield _row(reader.line_num, header, cells)


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    """Each line, cut where it is longer than any row can be: a file without line ends does not fill the memory."""
    readline = getattr(lines, "readline", None)
    if readline is None:
        yield from lines
        return
    while line := readline(MAX_LINE_CHARACTERS + 1):
        if len(line) > MAX_LINE_CHARACTERS and not line.endswith("\n"):
            while (rest := readline(MAX_LINE_CHARACTERS + 1)) and not rest.endswith("\n"):
                continue
            line = f"{line[:100]}\0\n"
        yield line


def _row(line: int, header: list[str], cells: list[str]) -> Row | Malformed:
    if len(cells) != len(header):
        return Malformed(line, f"{len(cells)} cells, {len(header)} columns")
    values = dict(zip(header, cells, strict=True))
    problem = _problem(values)
    if problem:
        return Malformed(line, problem)
    numbers: dict[str, Decimal | None] = {}
    for name in ("price", "quantity"):
        try:
            numbers[name] = parse_decimal(values[name]) if values[name] else None
        except NumberInvalid:
            return Malformed(line, f"{name} {values[name][:40]!r} is not a plain decimal number")
    return Row(
        line, values["client_order_id"], values["profile"], values["market"], values["side"], values["type"],
        numbers["price"], numbers["quantity"],
    )  # fmt: skip


def _problem(values: dict[str, str]) -> str:
    """What is wrong with a row's cells, save the numbers; empty when nothing is."""
    if not _ID.match(values["client_order_id"]):
        return f"client_order_id {values['client_order_id'][:40]!r} is not 1 to 64 of A-Z a-z 0-9 . _ : -"
    if not _PROFILE.match(values["profile"]):
        return f"profile {values['profile'][:40]!r} is no id and no reference"
    if values["type"] not in TYPES:
        return f"type {values['type'][:40]!r} is not LIMIT, MARKET or cancel"
    if values["type"] == "cancel":
        filled = [name for name in ("price", "quantity") if values[name]]
        return f"a cancel has no {' and no '.join(filled)}" if filled else ""
    if values["side"] not in ("BUY", "SELL"):
        return f"side {values['side'][:40]!r} is not BUY or SELL"
    return _missing(values)


def _missing(values: dict[str, str]) -> str:
    if not _ID.match(values["market"]):
        return f"market {values['market'][:40]!r} is no symbol"
    if not values["quantity"]:
        return "quantity is missing"
    if values["type"] == "LIMIT" and not values["price"]:
        return "a LIMIT order needs a price"
    if values["type"] == "MARKET" and values["price"]:
        return "a MARKET order has no price"
    return ""
