"""The statement of one ledger account: a period's opening, movements and closing, to look at and to take along."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from core import clock
from core.domain.decimals import format_scaled
from core.domain.sheet_text import BYTE_ORDER_MARK, disarmed_text, quoted
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from settlement.calendar import business_date_of
from settlement.models import LedgerAccount
from settlement.operations.record_statement_export import record_statement_export
from settlement.pages.days_said import read_day
from settlement.queries.accounts import account_row, get_account
from settlement.queries.statement import AccountStatement, Period, StatementLine, read_statement

MOST_SHOWN = 500
MOST_EXPORTED = 100_000
EXPORT_COLUMNS = (
    "business_date", "event_at", "entry_id", "posting_id", "kind", "other_account", "narrative", "change", "balance",
)  # fmt: skip
COLUMNS = (
    Column("business_date", "Business date", "day"),
    Column("event_at", "Time (UTC)", "time"),
    Column("entry_id", "Entry", "id", link="address"),
    Column("kind", "Why", "word"),
    Column("other", "From or to", cut=True),
    Column("narrative", "Narrative", cut=True),
    Column("change", "Change", "money", "scale", "payment_scale"),
    Column("balance", "Balance", "money", "scale", "payment_scale", "asset"),
)


@require_GET
@staff_page(permission="ledger.read")
def show_statement(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The statement of a period: this month unless another is said."""
    account = get_account(account_id)
    period, fault = _period_of(request)
    statement = read_statement(account, period, limit=MOST_SHOWN)
    said = urlencode({"from": period.first.isoformat(), "to": period.last.isoformat()})
    context = {
        "row": account_row(account),
        "period": period,
        "fault": fault,
        "statement": statement,
        "columns": COLUMNS,
        "lines": [_line(line, account) for line in statement.lines],
        "empty": "Nothing was posted in these days.",
        "export": f"{reverse('ops:ledger-statement-export', args=[account.pk])}?{said}",
    }
    return answer(request, "ops/settlement/statement.html", context, parts=("list",), status=422 if fault else 200)


@require_GET
@staff_page(permission="ledger.read")
def export_statement(request: HttpRequest, account_id: UUID) -> HttpResponseBase:
    """The statement as CSV for a spreadsheet; that it was taken is on the record before the first byte."""
    account = get_account(account_id)
    period, fault = _period_of(request)
    if fault:
        return HttpResponse(fault, status=422, content_type="text/plain; charset=utf-8")
    record_statement_export(
        account_id=account.pk, period=period, most_rows=MOST_EXPORTED, actor=actor_of(request), at=clock.now()
    )
    statement = read_statement(account, period, limit=MOST_EXPORTED)
    media_type = "text/csv; charset=utf-8; header=present"
    response = StreamingHttpResponse(_csv(statement, account.asset.scale), content_type=media_type)
    name = f"statement-{account.asset.code}-{str(account.pk)[-8:]}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.sheet.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _csv(statement: AccountStatement, scale: int) -> Iterator[bytes]:
    yield BYTE_ORDER_MARK + (",".join(EXPORT_COLUMNS) + "\r\n").encode()
    for line in statement.lines:
        cells = (
            line.business_date.isoformat(),
            f"{line.event_at:%Y-%m-%dT%H:%M:%S.%fZ}",
            quoted(str(line.entry_id)),
            str(line.posting_id),
            quoted(line.kind),
            disarmed_text(line.other),
            disarmed_text(line.narrative),
            format_scaled(line.change, scale),
            format_scaled(line.balance, scale),
        )
        yield (",".join(cells) + "\r\n").encode()


def _period_of(request: HttpRequest) -> tuple[Period, str]:
    """The period that is said, and what is wrong with it in words; this month where it is not said or wrong."""
    today = business_date_of(clock.now())
    usual = Period(today.replace(day=1), today)
    first, wrong_first = read_day(request.GET.get("from", ""))
    last, wrong_last = read_day(request.GET.get("to", ""))
    if wrong_first or wrong_last:
        return usual, wrong_first or wrong_last
    try:
        return Period(first or _before(last, usual), last or max(today, first or today)), ""
    except ValueError as error:
        return usual, f"{str(error)[0].upper()}{str(error)[1:]}."


def _before(last: date | None, usual: Period) -> date:
    return usual.first if last is None else min(usual.first, last - timedelta(days=last.day - 1))


def _line(line: StatementLine, account: LedgerAccount) -> dict[str, Any]:
    return asdict(line) | {
        "address": reverse("ops:ledger-entry", args=[line.entry_id]),
        "asset": account.asset.code,
        "scale": account.asset.scale,
        "payment_scale": account.asset.payment_scale,
    }
