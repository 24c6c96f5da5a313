"""What a comparison reads: the run before it, and what the ledger booked against an omnibus account."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from settlement.domain.reconciling import LedgerItem
from settlement.models import LedgerAccount, ReconciliationRun

# One statement, so one picture of the ledger. An omnibus account is the source of what comes in: a debit there is a holding.
LEDGER_ITEMS = """
SELECT CASE e.kind WHEN 'DEPOSIT_RETURNED' THEN d.return_reference WHEN 'DEPOSIT_REVERSED' THEN nullif(d.recall_reference, '')
        WHEN 'WITHDRAWAL' THEN w.outside_reference WHEN 'WITHDRAWAL_RETURNED' THEN w.return_reference
        ELSE d.outside_reference END,
    CASE WHEN p.source_id = %(omnibus)s THEN p.amount ELSE -p.amount END, e.event_at, d.id, e.id
FROM settlement_posting p
JOIN settlement_entry e ON e.id = p.entry_id
LEFT JOIN settlement_deposit d ON e.source_type = 'settlement.deposit' AND d.id = e.source_id AND d.omnibus_id = %(omnibus)s
LEFT JOIN settlement_withdrawal w ON e.source_type = 'settlement.withdrawal' AND w.id = e.source_id
WHERE p.source_id = %(omnibus)s OR p.destination_id = %(omnibus)s
"""


def list_omnibus_accounts() -> list[UUID]:
    """Every open omnibus account, by code."""
    accounts = LedgerAccount.objects.filter(kind="OMNIBUS", status="OPEN").order_by("code")
    return list(accounts.values_list("id", flat=True))


def get_last_compared_run(*, omnibus_id: UUID, lock: bool = False) -> ReconciliationRun | None:
    """The newest run of the account that compared; ``lock`` holds its row for the transaction."""
    runs = ReconciliationRun.objects.filter(omnibus_id=omnibus_id).exclude(status=ReconciliationRun.Status.FAILED)
    if lock:
        runs = runs.select_for_update(no_key=True)
    return runs.order_by("-run_at", "-id").first()


def list_ledger_items(*, omnibus_id: UUID) -> Iterator[LedgerItem]:
    """All that the ledger booked against the account; what came in is positive."""
    with connection.cursor() as cursor:
        cursor.execute(LEDGER_ITEMS, {"omnibus": omnibus_id})
        rows = cursor.fetchall()
    for reference, amount, event_at, deposit_id, entry_id in rows:
        yield LedgerItem(reference, amount, event_at, deposit_id, entry_id)
