"""A statement on paper."""

from collections.abc import Sequence
from typing import Any

from compliance.reports.client_statement.letters import BOLD
from compliance.reports.client_statement.paper import INNER, MARGIN, SIZE, SMALL, TOP, Column, Mark, Paper, draw
from compliance.reports.client_statement.words import DISCLOSURES, PENDS, amount, detail, fee, instant, movement

SUMMARY = (
    Column("Asset", 111), Column("Opening", 100, True), Column("In", 100, True), Column("Out", 100, True),
    Column("Closing", 100, True),
)  # fmt: skip
VALUES = (
    Column("Asset", 91), Column("Closing", 100, True), Column("Price", 90, True), Column("", 12),
    Column("Price from", 128), Column("Value", 90, True),
)  # fmt: skip
MOVEMENTS = (
    Column("When (UTC)", 96), Column("What", 213), Column("Change", 101, True), Column("Balance", 101, True),
)  # fmt: skip
PENDING = (Column("Asset", 111), Column("What", 280), Column("Amount", 120, True))
FEES = (Column("Asset", 111), Column("For", 180), Column("Times", 100, True), Column("Amount", 120, True))


def print_pdf(told: dict[str, Any]) -> bytes:
    """The bytes: the same for the same data, wherever and whenever they are printed."""
    paper = Paper()
    scales = {each["asset"]: int(each["payment_scale"]) for each in told["assets"]}
    _head(paper, told)
    _summary(paper, told)
    _values(paper, told)
    _later(paper, told, scales)
    _pending(paper, told, scales)
    _fees(paper, told, scales)
    _movements(paper, told, scales)
    _disclosures(paper, told)
    return draw(
        paper,
        title=f"Account statement {told['number']}",
        author=told["firm"]["name"],
        foot=f"Statement {told['number']} of profile {told['client']['profile_reference']} · {told['period']['from']} to"
        f" {told['period']['to']}",
    )


def _head(paper: Paper, told: dict[str, Any]) -> None:
    client, period = told["client"], told["period"]
    paper.say(told["firm"]["name"], font=BOLD, size=10)
    paper.skip(14)
    paper.say("Account statement", font=BOLD, size=19)
    paper.skip(2)
    paper.say(f"{period['from']} to {period['to']}", size=10, grey=True)
    paper.skip(12)
    top = paper.y
    left = paper.block(
        MARGIN,
        top,
        [("Client", client["name"]), ("Profile", f"{client['profile_name']} · {client['profile_reference']}")],
        250,
    )
    right = paper.block(
        MARGIN + 300,
        top,
        [("Statement number", told["number"]), ("Known to us up to record", told["known_at"])],
        INNER - 300,
    )
    paper.y = min(left, right)
    if told["supersedes"] is not None:
        paper.say(f"Corrects statement {told['supersedes']['number']}", font=BOLD)
        paper.say(told["supersedes"]["reason"])
    paper.skip(8)


def _title(paper: Paper, text: str, columns: Sequence[Column], first: Sequence[str], note: str = "") -> None:
    """The title of a table with its headings, on a page that has room for a row below them."""
    if not paper.has_room(60 + paper.height_of(columns, first)):
        paper.turn()
    if paper.y < TOP:
        paper.skip(12)
    paper.say(text, font=BOLD, size=10.5)
    if note:
        paper.say(note, size=SMALL + 0.4, grey=True)
    paper.skip(4)
    paper.heads(columns)


def _table(paper: Paper, title: str, columns: Sequence[Column], rows: Sequence[tuple[Sequence[str], str]]) -> None:
    """A table over as many pages as it needs, its headings on each; a row is its cells and what stands below them."""
    _title(paper, title, columns, rows[0][0])
    for cells, below in rows:
        if not paper.has_room(paper.height_of(columns, cells, below=below)):
            paper.turn()
            paper.put(Mark(MARGIN, paper.y, f"{title}, continued", BOLD))
            paper.skip(SIZE * 1.9)
            paper.heads(columns)
        paper.row(columns, cells, below=below)


def _summary(paper: Paper, told: dict[str, Any]) -> None:
    names = ("opening", "credits", "debits", "closing")
    rows = [
        ([f"{each['asset']} · {each['name']}", *(amount(each[name], int(each["payment_scale"])) for name in names)], "")
        for each in told["assets"]
    ]
    _table(paper, "Summary", SUMMARY, rows)


def _values(paper: Paper, told: dict[str, Any]) -> None:
    currency, rows = told["currency"], []
    for each in told["assets"]:
        price = each["price"]
        own = price is not None and price["source"] == "REPORTING_ASSET"
        source = "no price" if price is None else "" if own else f"{price['source']}, {instant(price['event_at'])} UTC"
        cells = [
            each["asset"],
            amount(each["closing"], int(each["payment_scale"])),
            "" if price is None or own else amount(price["price"], 2),
            "",
            source,
            "" if each["value"] is None else amount(each["value"], 2),
        ]
        rows.append((cells, ""))
    _table(paper, f"Worth in {currency} at the end of {told['period']['to']}", VALUES, rows)
    whole = "not told: a price is missing" if told["value"] is None else amount(told["value"], 2)
    total = ["In all", "", "", "", whole if told["value"] is None else "", "" if told["value"] is None else whole]
    if not paper.has_room(paper.height_of(VALUES, total)):
        paper.turn()
    paper.row(VALUES, total, is_strong=True)


def _later(paper: Paper, told: dict[str, Any], scales: dict[str, int]) -> None:
    if not told["later"]:
        return
    rows = [_movement(each, scales) for each in told["later"]]
    first = f"{told['later'][0]['asset']} {rows[0][0][1]}"
    note = (
        "What happened in the period, or corrects what did, and was booked after it. It counts for a later date and is in the"
        " statement of that date; the balances here are what the period would have closed with."
    )
    _title(paper, "Booked later", MOVEMENTS, [rows[0][0][0], first, *rows[0][0][2:]], note)
    for each, (cells, below) in zip(told["later"], rows, strict=True):
        shown = [cells[0], f"{each['asset']} · {cells[1]}", *cells[2:]]
        if not paper.has_room(paper.height_of(MOVEMENTS, shown, below=below)):
            paper.turn()
            paper.heads(MOVEMENTS)
        paper.row(MOVEMENTS, shown, below=below)
    for each in told["assets"]:
        if each["restated"] != each["closing"]:
            cells = ["", f"{each['asset']} with this", "", amount(each["restated"], scales[each["asset"]])]
            if not paper.has_room(paper.height_of(MOVEMENTS, cells)):
                paper.turn()
            paper.row(MOVEMENTS, cells, is_strong=True)


def _pending(paper: Paper, told: dict[str, Any], scales: dict[str, int]) -> None:
    rows = []
    for each in told["pending"]:
        since = f"since {instant(each['since'])} UTC" if each["since"] else ""
        below = " · ".join(part for part in (each["reference"], since) if part)
        scale = scales.get(each["asset"], 0)
        rows.append(([each["asset"], PENDS[each["kind"]], amount(each["amount"], scale)], below))
    if rows:
        _table(paper, "Not over at the end of the period", PENDING, rows)


def _fees(paper: Paper, told: dict[str, Any], scales: dict[str, int]) -> None:
    rows = [
        ([each["asset"], fee(each["type"]).capitalize() if each["type"] == "WITHDRAWAL" else each["type"], each["count"],
          amount(each["amount"], scales[each["asset"]])], "")
        for each in told["fees"]
    ]  # fmt: skip
    if rows:
        _table(paper, "Fees, part of what went out", FEES, rows)


def _movements(paper: Paper, told: dict[str, Any], scales: dict[str, int]) -> None:
    for asset in told["assets"]:
        code, scale = asset["asset"], scales[asset["asset"]]
        rows = [_movement(each, scales) for each in told["movements"] if each["asset"] == code]
        opening = ([told["period"]["from"], "Opening balance", "", amount(asset["opening"], scale)], "")
        closing = ([told["period"]["to"], "Closing balance", "", amount(asset["closing"], scale)], "")
        _table(paper, f"{code}, movements", MOVEMENTS, [opening, *rows, closing])


def _movement(each: dict[str, Any], scales: dict[str, int]) -> tuple[list[str], str]:
    scale = scales[each["asset"]]
    cells = [instant(each["event_at"]), movement(each), amount(each["change"], scale), amount(each["balance"], scale)]
    return cells, detail(each)


def _disclosures(paper: Paper, told: dict[str, Any]) -> None:
    if not paper.has_room(90):
        paper.turn()
    paper.skip(14)
    for sentence in DISCLOSURES:
        paper.say(sentence, size=SMALL, grey=True)
        paper.skip(2)
    client = told["client"]
    paper.say(f"Profile {client['profile_id']}, entity {client['entity_reference']}.", size=SMALL, grey=True)
