"""End a business day: no entry is dated to it any more, and what each account had stands written."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.calendar import cut_off_at
from settlement.holders import hold_changes
from settlement.models import BusinessDay, Entry
from settlement.operations.note_day import note_day

DAY = timedelta(days=1)
# Entries that are being written hold it shared (entry_is_of_an_open_day): this waits for them, and they for this.
WAIT_FOR_WRITERS = "SELECT pg_advisory_xact_lock(hashtext('settlement_businessday'))"
# One statement, which is one picture of the database, for all accounts: what an account holds now less what its holders took and
# gave back since the cut-off is what it held then; never less than nothing, should two hosts' clocks disagree about the cut-off
# itself. An account that nothing ever moved has no snapshot.
TAKE_SNAPSHOTS = """
INSERT INTO settlement_balancesnapshot (account_id, business_date, opening, credits, debits, closing, held, taken_at)
SELECT a.id, %(day)s, coalesce(b.closing, 0), coalesce(m.credits, 0), coalesce(m.debits, 0),
    coalesce(b.closing, 0) + coalesce(m.credits, 0) - coalesce(m.debits, 0), greatest(a.held - coalesce(h.change, 0), 0), %(at)s
FROM settlement_ledgeraccount a
LEFT JOIN settlement_balancesnapshot b ON b.account_id = a.id AND b.business_date = %(day)s::date - 1
LEFT JOIN (
    SELECT side.account_id, sum(side.credit) AS credits, sum(side.debit) AS debits
    FROM settlement_entry e JOIN settlement_posting p ON p.entry_id = e.id
    CROSS JOIN LATERAL (
        VALUES (p.destination_id, p.amount, 0::numeric), (p.source_id, 0::numeric, p.amount)
    ) AS side (account_id, credit, debit)
    WHERE e.business_date = %(day)s
    GROUP BY side.account_id
) m ON m.account_id = a.id
LEFT JOIN (
    SELECT profile_id, asset_id, sum(change) AS change FROM ({changes}) AS c (profile_id, asset_id, change)
    GROUP BY profile_id, asset_id
) h ON a.kind = 'CLIENT' AND a.label = '' AND h.profile_id = a.profile_id AND h.asset_id = a.asset_id
WHERE b.account_id IS NOT NULL OR m.account_id IS NOT NULL
"""


def close_business_day(*, business_date: date, at: datetime) -> BusinessDay:
    """Shut the day to entries and take the snapshot of every account; a day that is shut already stays as it is.

    It is CLOSING then: people check its reconciliation and sign it off (``sign_day``), which closes it. Refuses a day that is not
    over (DAY_NOT_OVER) and one that has open days before it (EARLIER_DAY_OPEN).

    Two transactions: the first is short, because who posts waits for it; the second reads what can no longer change. What ends
    between them is taken up by the next sweep.
    """
    if at < cut_off_at(business_date):
        raise Refusal("DAY_NOT_OVER", f"{business_date} ends at {cut_off_at(business_date):%Y-%m-%d %H:%M} UTC.")
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(WAIT_FOR_WRITERS)
        _shut(business_date, at)
    with transaction.atomic(durable=True):
        day = BusinessDay.objects.select_for_update(no_key=True).get(pk=business_date)
        if "snapshots" not in day.gates:
            _take_snapshots(day, at)
    return day


def _shut(business_date: date, at: datetime) -> None:
    day = BusinessDay.objects.filter(pk=business_date).first()
    if day is not None and day.status != BusinessDay.Status.OPEN:
        return
    _refuse_earlier(business_date)
    if day is None:
        day = BusinessDay.objects.create(business_date=business_date, cut_off_at=cut_off_at(business_date))
    day.mark_closing(at=at)


def _refuse_earlier(business_date: date) -> None:
    earlier = BusinessDay.objects.filter(business_date__lt=business_date)
    is_first = not earlier.exists() and not Entry.objects.filter(business_date__lt=business_date).exists()
    is_next = earlier.filter(business_date=business_date - DAY).exclude(status=BusinessDay.Status.OPEN).exists()
    if not (is_first or is_next):
        raise Refusal("EARLIER_DAY_OPEN", f"Days before {business_date} are open: they close one after the other.")


def _take_snapshots(day: BusinessDay, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE_SNAPSHOTS.format(changes=hold_changes()),
            {"day": day.business_date, "at": at, "since": day.cut_off_at},
        )
        count = cursor.rowcount
    day.mark_gate_passed("snapshots", says=f"{count} accounts", by=None, at=at)
    note_day(day=day, verb="shut", topic="shut", reason="", actor=SYSTEM, at=at)
