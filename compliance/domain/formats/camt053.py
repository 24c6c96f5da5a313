"""camt.053.001.08, BankToCustomerStatement: one message, one Stmt for each account and business date.

Elements and their order are those of ISO 20022; the file has no blanks between them. Amounts are in the currency's digits. What
the message is called and when it was made come from the run, so the same run is the same file.
"""

from collections.abc import Sequence
from decimal import Decimal

from lxml import etree

from compliance.domain.cells import Cells
from compliance.domain.formats.statement_rows import Head, Line, StatementRows
from compliance.domain.formats.written_format import NO_MESSAGE, Message, WrittenFormat
from compliance.domain.formats.x_text import x_text
from core.contracts import ReportColumn

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
ISSUER = "COUNTINGHOUSE"
LONGEST_TEXT = 140
# Bank transaction codes of ISO's external set for what a bank knows too; all else is said in the house's own.
DOMAINS = {"DEPOSIT": "RCDT", "DEPOSIT_RELEASED": "RCDT", "WITHDRAWAL": "ICDT"}
END = b"</BkToCstmrStmt></Document>\n"


class Camt053Writer:
    """Writes the head, then statements as their rows come."""

    def __init__(self, columns: Sequence[ReportColumn], message: Message = NO_MESSAGE) -> None:
        self._rows = StatementRows(columns)
        self._message = message
        self._currency = ""
        self._day = ""
        self._is_open = False

    def head(self) -> bytes:
        """The declaration, the document and the group header."""
        header = etree.Element("GrpHdr")
        _text(header, "MsgId", self._message.id)
        _text(header, "CreDtTm", self._message.at)
        opened = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>'
        return opened.encode() + _bytes(header)

    def rows(self, rows: Sequence[Cells]) -> bytes:
        """Statements begun and lines added."""
        return b"".join([self._begun(it) if isinstance(it, Head) else self._entry(it) for it in self._rows.read(rows)])

    def tail(self) -> bytes:
        """The end of the last statement and of the document."""
        return self._ended() + END

    def _ended(self) -> bytes:
        ended, self._is_open = b"</Stmt>" if self._is_open else b"", False
        return ended

    def _begun(self, head: Head) -> bytes:
        ended = self._ended()
        self._is_open, self._currency, self._day = True, head.currency, head.business_date.isoformat()
        statement = etree.Element("Stmt")
        _text(statement, "Id", f"{head.account_id[:16]}-{head.business_date:%Y%m%d}")
        _text(statement, "ElctrncSeqNb", str(head.number))
        _text(statement, "CreDtTm", self._message.at)
        period = etree.SubElement(statement, "FrToDt")
        _text(period, "FrDtTm", f"{self._day}T00:00:00Z")
        _text(period, "ToDtTm", f"{self._day}T23:59:59.999999Z")
        account = etree.SubElement(statement, "Acct")
        _text(_path(account, "Id", "Othr"), "Id", head.account_id)
        _text(account, "Ccy", head.currency)
        for code, amount in (("OPBD", head.opening), ("CLBD", head.closing), ("CLAV", head.available)):
            self._balance(statement, code, amount)
        self._summary(statement, head)
        # The lines come after it: what ends here is opened again by them.
        return ended + _bytes(statement).removesuffix(b"</Stmt>")

    def _balance(self, statement: "etree._Element", code: str, amount: Decimal) -> None:
        balance = etree.SubElement(statement, "Bal")
        _text(_path(balance, "Tp", "CdOrPrtry"), "Cd", code)
        self._amount(balance, amount)
        _text(etree.SubElement(balance, "Dt"), "Dt", self._day)

    def _summary(self, statement: "etree._Element", head: Head) -> None:
        summary = etree.SubElement(statement, "TxsSummry")
        total = etree.SubElement(summary, "TtlNtries")
        net = head.credit_sum - head.debit_sum
        _text(total, "NbOfNtries", str(head.credit_count + head.debit_count))
        _text(total, "Sum", str(head.credit_sum + head.debit_sum))
        _text(_child(total, "TtlNetNtry", "Amt", str(abs(net))), "CdtDbtInd", _indicator(net >= 0))
        for name, count, summed in (
            ("TtlCdtNtries", head.credit_count, head.credit_sum),
            ("TtlDbtNtries", head.debit_count, head.debit_sum),
        ):
            _text(_child(summary, name, "NbOfNtries", str(count)), "Sum", str(summed))

    def _entry(self, line: Line) -> bytes:
        entry = etree.Element("Ntry")
        _text(entry, "NtryRef", line.posting_no)
        self._amount(entry, line.amount, is_credit=line.is_credit)
        _text(etree.SubElement(entry, "Sts"), "Cd", "BOOK")
        _text(etree.SubElement(entry, "BookgDt"), "Dt", self._day)
        _text(etree.SubElement(entry, "ValDt"), "Dt", self._day)
        _text(entry, "AcctSvcrRef", line.entry_id)
        code = etree.SubElement(entry, "BkTxCd")
        if line.kind in DOMAINS:
            domain = _child(code, "Domn", "Cd", "PMNT")
            _text(_child(domain, "Fmly", "Cd", DOMAINS[line.kind]), "SubFmlyCd", "OTHR")
        _text(_child(code, "Prtry", "Cd", line.kind), "Issr", ISSUER)
        details = _path(entry, "NtryDtls", "TxDtls")
        references = _child(details, "Refs", "AcctSvcrRef", line.entry_id)
        _text(references, "EndToEndId", line.source_id)
        self._amount(details, line.amount, is_credit=line.is_credit)
        exact = f" /EXACT/{abs(line.exact)}" if line.is_rounded else ""
        said = x_text(f"{line.kind} {line.narrative}")[: LONGEST_TEXT - len(exact)]
        _text(etree.SubElement(details, "RmtInf"), "Ustrd", said + exact)
        return _bytes(entry)

    def _amount(self, parent: "etree._Element", amount: Decimal, *, is_credit: bool | None = None) -> None:
        _text(parent, "Amt", str(abs(amount))).set("Ccy", self._currency)
        _text(parent, "CdtDbtInd", _indicator(amount >= 0 if is_credit is None else is_credit))


def _bytes(element: "etree._Element") -> bytes:
    written: bytes = etree.tostring(element)
    return written


def _indicator(is_credit: bool) -> str:
    return "CRDT" if is_credit else "DBIT"


def _text(parent: "etree._Element", name: str, text: str) -> "etree._Element":
    element = etree.SubElement(parent, name)
    element.text = text
    return element


def _path(parent: "etree._Element", *names: str) -> "etree._Element":
    for name in names:
        parent = etree.SubElement(parent, name)
    return parent


def _child(parent: "etree._Element", name: str, first: str, text: str) -> "etree._Element":
    """A new element ``name`` with a first child of ``text``."""
    element = etree.SubElement(parent, name)
    _text(element, first, text)
    return element


FORMAT = WrittenFormat(
    extension="camt053.xml",
    media_type="application/xml; charset=utf-8",
    version=1,
    most_rows=250_000,
    most_bytes=1 << 30,
    splits=False,
    open=Camt053Writer,
    is_row_wise=False,
    schema="camt.053.001.08",
)
