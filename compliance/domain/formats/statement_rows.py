"""The rows of a report of statements, as writers of statement files read them: one opening row a statement, then its lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from compliance.domain.cells import Cell, Cells
from core.contracts import ReportColumn

OPENING = "OPENING"


@dataclass(frozen=True, slots=True)
class Head:
    """One account on one business date: its number among the account's statements, balances, and what its lines come to.

    Amounts have the digits of the currency; ``opening`` + ``credit_sum`` - ``debit_sum`` = ``closing``.
    """

    account_id: str
    currency: str
    business_date: date
    number: int
    opening: Decimal
    closing: Decimal
    available: Decimal
    credit_count: int
    credit_sum: Decimal
    debit_count: int
    debit_sum: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: ``amount`` at the currency's digits, below nothing where value left; ``exact`` with all its digits; and the
    ``balance`` after it.
    """

    posting_no: str
    entry_id: str
    source_id: str
    kind: str
    narrative: str
    amount: Decimal
    exact: Decimal
    balance: Decimal
    is_credit: bool

    @property
    def is_rounded(self) -> bool:
        """Whether the file cannot carry all digits of it."""
        return self.amount != self.exact


class StatementRows:
    """Reads cells by the names of their columns."""

    def __init__(self, columns: Sequence[ReportColumn]) -> None:
        self._at = {column.name: place for place, column in enumerate(columns)}

    def read(self, rows: Sequence[Cells]) -> Iterator[Head | Line]:
        """What each row says."""
        kind = self._at["line_type"]
        return (self._head(row) if row[kind] == OPENING else self._line(row) for row in rows)

    def _head(self, row: Cells) -> Head:
        def amount(name: str) -> Decimal:
            return Decimal(self._text(row, name))

        return Head(
            account_id=self._text(row, "account_id").replace("-", ""),
            currency=self._text(row, "asset"),
            business_date=date.fromisoformat(self._text(row, "business_date")),
            number=int(self._text(row, "statement_number")),
            opening=amount("opening"),
            closing=amount("closing"),
            available=amount("available"),
            credit_count=int(self._text(row, "credit_count")),
            credit_sum=amount("credit_sum"),
            debit_count=int(self._text(row, "debit_count")),
            debit_sum=amount("debit_sum"),
        )

    def _line(self, row: Cells) -> Line:
        exact = Decimal(self._text(row, "exact_amount"))
        return Line(
            posting_no=self._text(row, "posting_no"),
            entry_id=self._text(row, "entry_id").replace("-", ""),
            source_id=self._text(row, "source_id").replace("-", ""),
            kind=self._text(row, "kind"),
            narrative=self._text(row, "narrative"),
            amount=Decimal(self._text(row, "amount")),
            exact=exact,
            balance=Decimal(self._text(row, "balance")),
            is_credit=exact > 0,
        )

    def _text(self, row: Cells, name: str) -> str:
        cell: Cell = row[self._at[name]]
        if not isinstance(cell, str):
            raise ValueError(f"{name} is empty in a row of a statement")
        return cell
