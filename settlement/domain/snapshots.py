"""Reading a custodian's snapshot: the JSON form ``countinghouse.snapshot/1``, strictly and whole or not at all.

``{"format", "source", "account", "asset", "taken_at", "page": 1, "pages": 1, "holdings": [{"wallet", "balance"}],
"movements": [{"reference", "amount", "at"}]}``, and for chains ``network``, ``block_height``, ``block_hash``,
``confirmations`` and in holdings and movements ``address``. Amounts are decimal strings. ``movements`` are all that ever moved in
the account: in is positive, out is negative; a reference stands once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any, NoReturn

from core.domain.decimals import CONTEXT, LIMIT, NumberInvalid, has_scale, parse_decimal

FORMAT = "countinghouse.snapshot/1"
MAX_BYTES = 50 * 1024 * 1024
MAX_MOVEMENTS = 1_000_000
MAX_HOLDINGS = 1_000
# A clock of theirs may be ahead of ours by as much; a snapshot from further ahead is no picture of anything.
CLOCK_TOLERANCE = timedelta(minutes=5)
# Custodians deliver once a day; what is older says nothing about today.
MAX_AGE = timedelta(hours=26)

REFERENCE = re.compile(r"\A[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)
INSTANT = re.compile(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\Z", re.ASCII)
TOP = {"format", "source", "account", "asset", "taken_at", "page", "pages", "holdings", "movements"}
CHAIN = {"network", "block_height", "block_hash", "confirmations"}


class SnapshotRefused(Exception):
    """The document is not taken; nothing of it is used. ``code`` is one of too_large, encoding, truncated, malformed,
    unsupported_section, wrong_account, wrong_currency, control_total, out_of_sequence, unavailable.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Movement:
    """Value that came into (``amount`` > 0) or left the account outside."""

    reference: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the custodian holds for us in one account, as at ``taken_at``."""

    source: str
    account: str
    asset: str
    taken_at: datetime
    balance: Decimal
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a snapshot has to be about: the account and asset asked for, the digits of the asset, and as of when."""

    account: str
    asset: str
    scale: int
    as_of: datetime


def read_snapshot(document: bytes, expected: Expected) -> Snapshot:
    """The snapshot that ``document`` spells. Raises ``SnapshotRefused`` for anything short of a whole and sound one."""
    data = _parse(document)
    _check_shape(data)
    for key, wanted, code in (
        ("account", expected.account, "wrong_account"),
        ("asset", expected.asset, "wrong_currency"),
    ):
        if data[key] != wanted:
            raise SnapshotRefused(code, f"expected {wanted}, found {str(data[key])[:64]}")
    taken_at = _instant(data["taken_at"], "taken_at")
    if taken_at > expected.as_of + CLOCK_TOLERANCE:
        _malformed(f"taken_at {taken_at:%Y-%m-%dT%H:%M:%SZ} has not been yet")
    if taken_at < expected.as_of - MAX_AGE:
        raise SnapshotRefused("unavailable", f"the newest snapshot is of {taken_at:%Y-%m-%dT%H:%M:%SZ}")
    holdings = [
        _amount(item["balance"], expected.scale, f"holdings[{number}].balance", signed=False)
        for number, item in enumerate(data["holdings"])
    ]
    movements = tuple(_movement(item, number, expected.scale) for number, item in enumerate(data["movements"]))
    _check_references(movements)
    _check_wallets(data["holdings"])
    late = next((item for item in movements if item.at > taken_at), None)
    if late is not None:
        raise SnapshotRefused("control_total", f"movement {late.reference} is later than taken_at")
    with localcontext(CONTEXT):
        balance = sum(holdings, Decimal(0))
    if balance >= LIMIT:
        _malformed("the holdings come to 1e20 or more")
    return Snapshot(data["source"], data["account"], data["asset"], taken_at, balance, movements)


def _parse(document: bytes) -> dict[str, Any]:
    if len(document) > MAX_BYTES:
        raise SnapshotRefused("too_large", f"{len(document)} bytes; at most {MAX_BYTES}")
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SnapshotRefused("encoding", f"byte {error.start} is not UTF-8") from None
    try:
        data = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_refuse_float, parse_int=_small_int
        )  # fmt: skip
    except json.JSONDecodeError as error:
        # A document that was cut ends where something more is expected.
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        raise SnapshotRefused("truncated" if cut else "malformed", f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise SnapshotRefused("malformed", "nested too deeply") from None
    if not isinstance(data, dict):
        _malformed("not an object")
    return data


def _check_shape(data: Mapping[str, Any]) -> None:
    if data.get("format") != FORMAT:
        raise SnapshotRefused("unsupported_section", f"format is not {FORMAT}")
    _keys(data, TOP, CHAIN, "the document")
    for key in ("source", "account", "asset", "taken_at"):
        if not isinstance(data[key], str) or not data[key]:
            _malformed(f"{key} is no text")
    if any(data[key] != 1 or isinstance(data[key], bool) for key in ("page", "pages")):
        raise SnapshotRefused("truncated", f"page {data['page']} of {data['pages']} is not the whole snapshot")
    _check_list(data, "holdings", MAX_HOLDINGS, {"wallet", "balance"})
    _check_list(data, "movements", MAX_MOVEMENTS, {"reference", "amount", "at"})


def _check_list(data: Mapping[str, Any], key: str, most: int, required: set[str]) -> None:
    if not isinstance(data[key], list):
        _malformed(f"{key} is no list")
    if len(data[key]) > most:
        raise SnapshotRefused("too_large", f"{len(data[key])} {key}; at most {most}")
    for number, item in enumerate(data[key]):
        _keys(item, required, {"address"}, f"{key}[{number}]")


def _keys(item: Any, required: set[str], optional: set[str], where: str) -> None:
    if not isinstance(item, dict):
        _malformed(f"{where} is no object")
    if missing := required - item.keys():
        _malformed(f"{where} lacks {', '.join(sorted(missing))}")
    if unknown := item.keys() - required - optional:
        raise SnapshotRefused("unsupported_section", f"{where} has {', '.join(sorted(unknown))[:80]}")


def _movement(item: Mapping[str, Any], number: int, scale: int) -> Movement:
    where = f"movements[{number}]"
    reference = item["reference"]
    if not isinstance(reference, str) or not REFERENCE.match(reference):
        _malformed(f"{where}.reference is not 1 to 64 of A-Z a-z 0-9 . _ : -")
    amount = _amount(item["amount"], scale, f"{where}.amount", signed=True)
    if not amount:
        _malformed(f"{where} moves nothing")
    return Movement(reference, amount, _instant(item["at"], f"{where}.at"))


def _check_references(movements: tuple[Movement, ...]) -> None:
    seen: set[str] = set()
    for item in movements:
        if item.reference in seen:
            _malformed(f"reference {item.reference} stands twice")
        seen.add(item.reference)


def _check_wallets(holdings: list[dict[str, Any]]) -> None:
    wallets = [json.dumps([item["wallet"], item.get("address")]) for item in holdings]
    if len(set(wallets)) != len(wallets):
        _malformed("a wallet stands twice")


def _amount(text: Any, scale: int, where: str, *, signed: bool) -> Decimal:
    try:
        value = CONTEXT.create_decimal(parse_decimal(text, signed=signed))
    except NumberInvalid:
        _malformed(f"{where} is no amount: {str(text)[:40]}")
    if not has_scale(value, scale):
        _malformed(f"{where} has more than {scale} digits: {str(text)[:40]}")
    return value


def _instant(text: Any, where: str) -> datetime:
    try:
        if isinstance(text, str) and INSTANT.match(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return _malformed(f"{where} is on no calendar: {text}")
    return _malformed(f"{where} is no UTC instant: {str(text)[:40]}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        _malformed("a key stands twice in one object")
    return data


def _small_int(text: str) -> int:
    if len(text) > 18:
        _malformed(f"a whole number has {len(text)} digits")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    _malformed(f"{text} is no number")


def _refuse_float(text: str) -> NoReturn:
    _malformed(f"{text[:40]} is a number with a point or an exponent; amounts are strings")


def _malformed(sentence: str) -> NoReturn:
    raise SnapshotRefused("malformed", sentence)
