"""A profile with a long history, written by COPY as everything else would have been written by operations."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from bench.seed import Desk, make_desk
from core.clock import now
from core.copying import copy_line, copy_rows
from core.ids import new_id, new_id_text
from settlement.models import LedgerAccount
from settlement.operations.open_firm_account import open_firm_account

ENTRIES_AT_ONCE = 50_000
ENTRY_COLUMNS = ("id", "kind", "event_at", "business_date", "source_type", "source_id", "group_id", "narrative")
POSTING_COLUMNS = ("entry_id", "source_id", "destination_id", "asset_id", "amount")
COME, FEE = Decimal("10.00"), Decimal("0.01")
# Entries of one day: the history is as long as it is.
ENTRIES_A_DAY = 2_000


def make_history(postings: int, *, others: int = 20) -> Desk:
    """A desk whose first profile has ``postings`` postings: half of them come in, half are fees; in dollars and in bitcoin."""
    desk = make_desk(others)
    at = now()
    roads = []
    for code in ("USD", "BTC"):
        account = LedgerAccount.objects.select_related("asset").get(profile_id=desk.profiles[0], asset__code=code)
        omnibus = LedgerAccount.objects.get(kind="OMNIBUS", asset=account.asset)
        fees = open_firm_account(
            kind="FEES", asset_id=account.asset_id, asset_code=code, label="BENCH", name="Bench", at=at
        )
        roads.append((account.pk, omnibus.pk, fees, account.asset_id))
    left = postings // 2
    first = at - timedelta(days=left / ENTRIES_A_DAY)
    while left:
        count = min(left, ENTRIES_AT_ONCE)
        _write(roads, count, first, step=timedelta(days=1) / ENTRIES_A_DAY)
        first += count * (timedelta(days=1) / ENTRIES_A_DAY)
        left -= count
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE settlement_entry, settlement_posting, settlement_ledgeraccount")
    return desk


def _write(roads: list[tuple[UUID, UUID, UUID, UUID]], count: int, first: datetime, *, step: timedelta) -> None:
    ids = [new_id_text() for _ in range(count)]
    with transaction.atomic():
        copy_rows("settlement_entry", ENTRY_COLUMNS, _entries(ids, first, step))
        copy_rows("settlement_posting", POSTING_COLUMNS, _postings(ids, roads))
        for number, (account, omnibus, fees, _) in enumerate(roads):
            mine = len(ids[number::2])
            changes = ((account, (COME - FEE) * mine), (omnibus, -COME * mine), (fees, FEE * mine))
            for key, change in changes:
                LedgerAccount.objects.filter(pk=key).update(balance=LedgerAccount.objects.get(pk=key).balance + change)


def _entries(ids: list[str], first: datetime, step: timedelta) -> Iterator[str]:
    for number, key in enumerate(ids):
        at = first + number * step
        source = new_id()
        yield copy_line((key, "DEPOSIT", at.isoformat(), at.date(), "bench", source, source, "Bench"))


def _postings(ids: list[str], roads: list[tuple[UUID, UUID, UUID, UUID]]) -> Iterator[str]:
    for number, key in enumerate(ids):
        account, omnibus, fees, asset = roads[number % 2]
        yield copy_line((key, omnibus, account, asset, COME))
        yield copy_line((key, account, fees, asset, FEE))
