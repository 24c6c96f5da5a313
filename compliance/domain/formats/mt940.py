"""MT940, customer statement message: one statement for each account and business date, in messages of at most 2,000 characters.

Only the text block is written (tags 20 to 64 and the hyphen that ends a message): the envelope is the network's. Lines end with
CR LF, all is in SWIFT's X characters, amounts have a decimal comma. A statement that goes on closes its message with 62M and
opens the next, of the same number and the next page, with the same amount in 60M.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from compliance.domain.cells import Cells
from compliance.domain.formats.statement_rows import Head, Line, StatementRows
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from compliance.domain.formats.x_text import x_lines
from core.contracts import ReportColumn

MOST_CHARACTERS = 2_000
# What may still come on a message: its closing balances and its end.
RESERVED = 3 * 40
NUMBERS = 100_000
TYPES = {
    "DEPOSIT": "NTRF",
    "DEPOSIT_RELEASED": "NTRF",
    "WITHDRAWAL": "NTRF",
    "WITHDRAWAL_RETURNED": "NRTI",
    "TRADE": "NSEC",
}


class Mt940Writer:
    """Writes messages as their rows come."""

    def __init__(self, columns: Sequence[ReportColumn], message: Message = NO_MESSAGE) -> None:
        self._rows = StatementRows(columns)
        self._head: Head | None = None
        self._page = 0
        self._size = 0

    def head(self) -> bytes:
        """Nothing: a file is its messages."""
        return b""

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """Statements begun and lines added."""
        texts = [self._begun(it) if isinstance(it, Head) else self._entry(it) for it in self._rows.read(rows)]
        return "".join(texts).encode("ascii")

    def tail(self) -> bytes:
        """The end of the last statement."""
        return self._ended().encode("ascii")

    def _begun(self, head: Head) -> str:
        ended = self._ended()
        self._head, self._page = head, 0
        return ended + self._opened(head, head.opening)

    def _ended(self) -> str:
        if self._head is None:
            return ""
        head, self._head = self._head, None
        return _lines(f":62F:{_balance(head, head.closing)}", f":64:{_balance(head, head.available)}", "-")

    def _opened(self, head: Head, amount: Decimal) -> str:
        self._page += 1
        tag = "60F" if self._page == 1 else "60M"
        text = _lines(
            f":20:S{head.account_id[:8].upper()}{head.business_date:%y%m%d}",
            f":25:{head.account_id}",
            f":28C:{head.number % NUMBERS:05}/{self._page % NUMBERS:05}",
            f":{tag}:{_balance(head, amount)}",
        )
        self._size = len(text)
        return text

    def _entry(self, line: Line) -> str:
        head = self._head
        if head is None:
            raise ValueError("a line of no statement")
        text = _lines(*_entry_lines(line, head.business_date))
        turned = ""
        if self._size + len(text) + RESERVED > MOST_CHARACTERS:
            before = line.balance - line.amount
            turned = _lines(f":62M:{_balance(head, before)}", "-") + self._opened(head, before)
        self._size += len(text)
        return turned + text


def _entry_lines(line: Line, day: date) -> list[str]:
    mark = "C" if line.is_credit else "D"
    said = f"{line.kind} {line.narrative} /ENTRY/{line.entry_id}"
    if line.is_rounded:
        said += f" /EXACT/{abs(line.exact)}"
    first, *more = x_lines(said, width=65, most=6)
    value = f":61:{day:%y%m%d}{day:%m%d}{mark}{_amount(line.amount)}{TYPES.get(line.kind, 'NMSC')}NONREF//{line.posting_no[:16]}"
    return [value, f":86:{first}", *more]


def _balance(head: Head, amount: Decimal) -> str:
    return f"{'C' if amount >= 0 else 'D'}{head.business_date:%y%m%d}{head.currency}{_amount(amount)}"


def _amount(amount: Decimal) -> str:
    whole, _, digits = str(abs(amount)).partition(".")
    return f"{whole},{digits}"


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


FORMAT = WrittenFormat(
    extension="mt940.txt",
    media_type="text/plain; charset=us-ascii",
    version=1,
    most_rows=250_000,
    most_bytes=1 << 30,
    splits=False,
    open=Mt940Writer,
    is_row_wise=False,
)
