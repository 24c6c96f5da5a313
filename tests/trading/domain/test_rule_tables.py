"""Every row of docs/matching.md, told to the reference model and to the engine: both must answer what the page says."""

from pathlib import Path
from typing import get_args
from zlib import crc32

import pytest

from tests.trading.model.engine import Engine
from tests.trading.model.reference_model import ReferenceModel
from tests.trading.model.story import Story, read_tables, say_events, say_orders
from trading.domain import event as events
from trading.domain.checksum import book_checksum
from trading.domain.door import ALLOWED_TERMS
from trading.domain.parameters import Parameters

PAGE = Path(__file__).resolve().parents[3] / "docs" / "matching.md"
TABLES = list(read_tables(PAGE))
STORIES = {f"{heading}: {row[0]}": row for heading, head, rows in TABLES for row in rows if head[1] == "before"}

# How to say an order of each kind; the first of a pair does not take, the second does.
SAID = {
    "LIMIT": "A buys 1 @ 100",
    "POST_ONLY_LIMIT": "A buys 1 @ 100 post only",
    "MARKET": "A buys 1 to 100",
    "MARKET by quote amount": "A buys for 100 to 100",
    "STOP_MARKET": "A buys 1 from 100 to 100",
    "STOP_LIMIT": "A buys 1 from 100 @ 100",
    "ICEBERG": "A buys 3 @ 100 showing 1",
}
PHASE_COLUMNS = {
    "LIMIT, ICEBERG": ("A buys 1 @ 100", "A buys 3 @ 100 showing 1", "A buys 1 @ 100 until 90"),
    "IOC, FOK, MARKET": ("A buys 1 @ 100 IOC", "A buys 1 @ 100 FOK", "A buys 1 to 100", "A buys for 100 to 100"),
    "POST_ONLY_LIMIT": ("A buys 1 @ 100 post only",),
    "stops": ("A buys 1 from 100 @ 100", "A sells 1 from 100 to 100"),
    "amend": ("amend R price 89",),
    "cancel": ("cancel R",),
}
WAYS = {
    "CLOSED": "phase CLOSED",
    "AUCTION": "phase AUCTION",
    "OPEN": "",
    "POST_ONLY": "phase POST_ONLY",
    "CANCEL_ONLY": "phase CANCEL_ONLY",
    "HALTED": "phase HALTED",
}


def start_engine() -> Engine:
    return Engine(parameters=Parameters())


MARKETS = pytest.mark.parametrize("start", [ReferenceModel, start_engine], ids=["model", "engine"])


def table_of(heading: str, corner: str) -> dict[tuple[str, str], str]:
    """(row, column) -> cell of a table with signs in it."""
    found = [(head, rows) for name, head, rows in TABLES if name == heading and head[0] == corner]
    assert len(found) == 1, f"{heading} has one table with {corner} in the corner"
    head, rows = found[0]
    return {
        (row[0].replace("`", ""), column): sign for row in rows for column, sign in zip(head[1:], row[1:], strict=True)
    }


def cells(heading: str, corner: str) -> pytest.MarkDecorator:
    """A test for every cell."""
    table = table_of(heading, corner)
    return pytest.mark.parametrize(("cell", "sign"), table.items(), ids=[" ".join(cell) for cell in table])


def tell(market: ReferenceModel | Engine, *texts: str) -> str:
    """Tell it all; what the last text was answered."""
    story = Story()
    answer = []
    for text in texts:
        answer = [line for command in story.commands(text) for line in market.apply(command)]
    return say_events(answer)


@MARKETS
@pytest.mark.parametrize("name", STORIES)
def test_a_row_is_answered_as_the_page_says(name: str, start: type) -> None:
    _, before, told, answered, open_then = STORIES[name]
    market = start()
    assert tell(market, before, told) == answered
    assert say_orders(market.open_orders()) == open_then


@MARKETS
@cells("What is left of an order", "type")
def test_a_type_and_a_time_in_force(cell: tuple[str, str], sign: str, start: type) -> None:
    """What may be is taken; what may not, the door refuses. It may refuse more than that."""
    kind, time_in_force = cell
    said = SAID[kind] + {"GTC": "", "GTT": " until 90", "IOC": " IOC", "FOK": " FOK"}[time_in_force]
    if sign == "+":
        assert tell(start(), said).startswith("ACCEPTED A")
    else:
        assert (kind, time_in_force) not in ALLOWED_TERMS


@MARKETS
@cells("Phases", "phase")
def test_what_a_phase_lets_in(cell: tuple[str, str], sign: str, start: type) -> None:
    phase, column = cell
    if column == "trades":
        _assert_trades(phase, sign, start)
        return
    for said in PHASE_COLUMNS[column]:
        answer = tell(start(), "R buys 1 @ 90", WAYS[phase], said)
        assert ("PHASE_NOT_ALLOWED" in answer) is (sign == "–"), answer
        if sign == "unless it takes":
            taking = said.replace("100", "110").replace("89", "110")
            answer = tell(start(), "R buys 1 @ 90; S sells 1 @ 105", WAYS[phase], taking)
            assert "PHASE_NOT_ALLOWED" in answer


def _assert_trades(phase: str, sign: str, start: type) -> None:
    """With two orders that cross: at once, when the phase ends, or not at all."""
    market = start()
    answer = tell(market, WAYS[phase], "A buys 1 @ 100; B sells 1 @ 100")
    assert ("TRADED" in answer) is (sign == "+")
    answer = tell(market, "phase OPEN")
    assert ("TRADED" in answer) is (sign == "at the uncross")


@MARKETS
@cells("Phases", "from \\ to")
def test_where_a_market_may_go(cell: tuple[str, str], sign: str, start: type) -> None:
    old, new = cell
    answer = tell(start(), WAYS[old], f"phase {new}")
    assert answer == (f"PHASE_REFUSED {new} PHASE_NOT_ALLOWED" if sign == "–" else f"PHASE_CHANGED {new}")
    if old == "AUCTION":
        answer = tell(start(), WAYS[old], "A buys 1 @ 100; B sells 1 @ 100", f"phase {new}")
        assert answer.startswith("UNCROSSED") is (sign == "uncross")


def test_every_reason_of_the_engine_has_its_row() -> None:
    kinds = {get_args(get_args(kind)[0])[0] for kind in get_args(events.Event)}
    words = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    on_page = {row[0].split()[1] for heading, _, rows in TABLES if heading == "Codes" for row in rows}
    assert words - kinds <= on_page
    assert kinds & {row[0].split()[0] for heading, _, rows in TABLES if heading == "Codes" for row in rows}


@pytest.mark.parametrize("row", next(rows for heading, _, rows in TABLES if heading == "Checksum of the book"))
def test_a_checksum(row: list[str]) -> None:
    price_scale, amount_scale = int(row[0]), int(row[1])
    levels = []
    for cell in row[2:4]:
        pairs = [pair.split(" × ") for pair in cell.split(", ") if pair]
        levels.append([(_units(price, price_scale), _units(amount, amount_scale)) for price, amount in pairs])
    assert "".join(f"{price}{amount}" for side in levels for price, amount in side) == row[4]
    assert crc32(row[4].encode()) == int(row[5])
    assert book_checksum(*levels) == int(row[5])


def _units(text: str, scale: int) -> int:
    """'60000.50' at scale 2 is 6000050."""
    whole, _, part = text.partition(".")
    assert len(part) == scale
    return int(whole + part)
