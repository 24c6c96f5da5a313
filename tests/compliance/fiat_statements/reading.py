"""A second reader of statement files, stricter than any bank's: what it does not expect, it refuses. No code of the writers."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree import ElementTree

CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
X_SET = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*\Z")
BALANCE = re.compile(r"(C|D)(\d{6})([A-Z]{3})(\d{1,15},\d*)\Z")
LINE = re.compile(r"(\d{6})(\d{4})(C|D)(\d{1,15},\d*)(N[A-Z]{3})([^/]{1,16})//(.{1,16})\Z")


@dataclass
class Read:
    """One statement as read; ``lines`` are (signed amount, bank reference, text)."""

    account: str
    currency: str
    day: str
    number: int
    opening: Decimal
    closing: Decimal = Decimal(0)
    available: Decimal = Decimal(0)
    lines: list[tuple[Decimal, str, str]] = field(default_factory=list)
    pages: int = 1

    @property
    def ties(self) -> bool:
        return self.opening + sum((line[0] for line in self.lines), Decimal(0)) == self.closing


def read_mt940(data: bytes) -> list[Read]:
    """All statements of a file, their pages put together."""
    text = data.decode("ascii")
    assert text.replace("\r\n", "").isprintable(), "control characters"
    found: list[Read] = []
    for message in text.split("\r\n-\r\n")[:-1]:
        assert len(message) + len("\r\n-\r\n") <= 2_000
        _message(message.split("\r\n"), found)
    assert text == "" or text.endswith("\r\n-\r\n")
    return found


def _message(lines: list[str], found: list[Read]) -> None:
    assert all(X_SET.match(line) for line in lines), lines
    fields: list[tuple[str, str]] = []
    for line in lines:
        tag = re.match(r":(\d\d[A-Z]?):(.*)\Z", line)
        if tag:
            fields.append((tag[1], tag[2]))
        else:
            assert fields[-1][0] == "86", f"a line of no field: {line}"
            assert len(line) <= 65 and line[0] not in ":-"
            fields[-1] = ("86", fields[-1][1] + line)
    tags = "".join(f"[{tag}]" for tag, _ in fields)
    assert re.fullmatch(r"\[20\]\[25\]\[28C\]\[60[FM]\](\[61\]\[86\])*(\[62M\]|\[62F\]\[64\])", tags), tags
    said = dict(fields)
    number, page = said["28C"].split("/")
    opened = _balance(said.get("60F") or said["60M"])
    if "60F" in said:
        assert int(page) == 1
        found.append(Read(said["25"], opened[2], opened[1], int(number), opened[0]))
    last = found[-1]
    if "60M" in said:
        last.pages += 1
        assert (int(number), int(page), said["25"]) == (last.number, last.pages, last.account)
        assert opened[0] == last.opening + sum(line[0] for line in last.lines)
    assert len(said["20"]) <= 16 and len(said["25"]) <= 35
    for (_, value), (_, words) in zip(
        [each for each in fields if each[0] == "61"], [each for each in fields if each[0] == "86"], strict=True
    ):
        last.lines.append(_line(value, words, last.day))
    last.closing = _balance(said.get("62F") or said["62M"])[0]
    assert last.ties
    if "64" in said:
        last.available = _balance(said["64"])[0]


def _balance(text: str) -> tuple[Decimal, str, str]:
    parts = BALANCE.match(text)
    assert parts, text
    return _signed(parts[1] == "C", parts[4]), parts[2], parts[3]


def _line(value: str, words: str, day: str) -> tuple[Decimal, str, str]:
    parts = LINE.match(value)
    assert parts, value
    assert parts[1] == day and parts[2] == day[2:]
    return _signed(parts[3] == "C", parts[4]), parts[7], words


def _signed(is_credit: bool, amount: str) -> Decimal:
    return (1 if is_credit else -1) * Decimal(amount.replace(",", "."))


def read_camt053(data: bytes) -> list[Read]:
    """All statements of a message; the summary has to be what the lines come to."""
    root = ElementTree.fromstring(data)
    assert root.tag == f"{CAMT}Document"
    (message,) = root
    header, *statements = message
    assert [child.tag.removeprefix(CAMT) for child in header] == ["MsgId", "CreDtTm"]
    return [_statement(each) for each in statements]


def _statement(statement: ElementTree.Element) -> Read:
    names = [child.tag.removeprefix(CAMT) for child in statement]
    first = ["Id", "ElctrncSeqNb", "CreDtTm", "FrToDt", "Acct", "Bal", "Bal", "Bal", "TxsSummry"]
    assert names[:9] == first and set(names[9:]) <= {"Ntry"}
    balances = {_of(each, "Tp/CdOrPrtry/Cd"): each for each in statement.findall(f"{CAMT}Bal")}
    assert balances.keys() == {"OPBD", "CLBD", "CLAV"}
    read = Read(
        account=_of(statement, "Acct/Id/Othr/Id"),
        currency=_of(statement, "Acct/Ccy"),
        day=_of(balances["CLBD"], "Dt/Dt"),
        number=int(_of(statement, "ElctrncSeqNb")),
        opening=_amount(balances["OPBD"]),
        closing=_amount(balances["CLBD"]),
        available=_amount(balances["CLAV"]),
    )
    for entry in statement.findall(f"{CAMT}Ntry"):
        assert _of(entry, "Sts/Cd") == "BOOK"
        assert _amount(entry) == _amount(_at(entry, "NtryDtls/TxDtls"))
        read.lines.append((_amount(entry), _of(entry, "NtryRef"), _of(entry, "NtryDtls/TxDtls/RmtInf/Ustrd")))
    summary = _at(statement, "TxsSummry")
    for name, sign in (("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
        side = [sign * line[0] for line in read.lines if sign * line[0] > 0]
        assert Decimal(_of(summary, f"{name}/Sum")) == sum(side)
        assert int(_of(summary, f"{name}/NbOfNtries")) >= len(side)
    assert int(_of(summary, "TtlNtries/NbOfNtries")) == len(read.lines)
    return read


def _at(element: ElementTree.Element, path: str) -> ElementTree.Element:
    found = element.find("/".join(f"{CAMT}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


def _of(element: ElementTree.Element, path: str) -> str:
    return _at(element, path).text or ""


def _amount(element: ElementTree.Element) -> Decimal:
    sign = {"CRDT": 1, "DBIT": -1}[_of(element, "CdtDbtInd")]
    return sign * Decimal(_of(element, "Amt"))
