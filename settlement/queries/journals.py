"""Manual journals with their lines, and what their lines would do to balances."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.domain.refusals import NotFound
from settlement.models import Entry, JournalLine, LedgerAccount, ManualJournal, Posting


@dataclass(frozen=True, slots=True)
class Touched:
    """One account that lines touch: its balance before and after them. ``is_short``: it would not cover what it holds, or an
    omnibus account would have more than nothing.
    """

    account: LedgerAccount
    before: Decimal
    change: Decimal
    after: Decimal
    is_short: bool


def list_journals(*, text: str = "") -> "QuerySet[ManualJournal]":
    """The journals whose reason or category has ``text``; the caller orders and cuts."""
    journals = ManualJournal.objects.annotate(line_count=Count("lines"))
    if text:
        journals = journals.filter(Q(reason__icontains=text) | Q(category__icontains=text))
    return journals


def get_journal(*, journal_id: UUID) -> ManualJournal:
    """The journal. Refuses an unknown one with ``NotFound``."""
    journal = ManualJournal.objects.select_related("reverses").filter(pk=journal_id).first()
    if journal is None:
        raise NotFound("journal")
    return journal


def list_journal_lines(journal: ManualJournal) -> "QuerySet[JournalLine]":
    """The journal's lines in their order, with accounts and assets."""
    return journal.lines.select_related("source__asset", "destination__asset", "asset").order_by("number")


def list_journal_postings(journal: ManualJournal) -> "QuerySet[Posting]":
    """What was posted for a journal, and what took it back."""
    ids = [journal.pk, *journal.reversals.values_list("pk", flat=True)]
    entries = Entry.objects.filter(source_id__in=ids, source_type="settlement.manual_journal")
    postings = Posting.objects.filter(entry__in=entries).select_related("entry", "source", "destination", "asset")
    return postings.order_by("entry__event_at", "id")


def find_account(text: str) -> LedgerAccount | None:
    """The ledger account of a code or an id."""
    named = Q(code=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    return LedgerAccount.objects.select_related("asset", "profile").filter(named).first()


def list_account_choices(limit: int = 500) -> list[tuple[str, str]]:
    """Code and name of open accounts for the field's suggestions: the firm's first, then the newest of clients."""
    accounts = LedgerAccount.objects.filter(status="OPEN").exclude(kind__in=["SUSPENSE", "CLEARING"])
    firm = accounts.exclude(kind="CLIENT").order_by("code").values_list("code", "name")[:limit]
    clients = accounts.filter(kind="CLIENT").order_by("-id").values_list("code", "name")[:limit]
    return [*firm, *clients][:limit]


def weigh_lines(lines: Sequence[tuple[LedgerAccount, LedgerAccount, Decimal]]) -> list[Touched]:
    """What (source, destination, amount) would do to the balances of the accounts as they were read, account by account."""
    accounts: dict[UUID, LedgerAccount] = {}
    changes: dict[UUID, Decimal] = {}
    for source, destination, amount in lines:
        for account, change in ((source, -amount), (destination, amount)):
            accounts.setdefault(account.pk, account)
            changes[account.pk] = changes.get(account.pk, Decimal(0)) + change
    return [_touched(accounts[key], change) for key, change in changes.items()]


def _touched(account: LedgerAccount, change: Decimal) -> Touched:
    after = account.balance + change
    is_short = (account.kind in ("CLIENT", "HOUSE") and change < 0 and after < account.held) or (
        account.kind == "OMNIBUS" and change > 0 and after > 0
    )
    return Touched(account, account.balance, change, after, is_short)
