"""Whatever changes or arrives after a watermark, a report at that watermark stays what it was, to the byte."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportRun
from compliance.operations.verify_report import verify_report
from core.clock import now
from core.ids import new_id
from core.models import SealHead
from core.operations.record_audit import SYSTEM
from settlement.models import LedgerAccount
from settlement.operations.post_entry import Move, post_entry
from tests.compliance.reporting import Day, balances, rows, seal, trading_day, trail, write

pytestmark = pytest.mark.django_db(transaction=True)

# Everything that reports could be tempted to read, and may not.
CHANGES = [
    "UPDATE accounts_profile SET name = 'Other', reference = 'other', status = 'CLOSED', version = 9",
    "UPDATE accounts_entity SET legal_name = 'Other', reference = reference || '-x', country = 'CH'",
    "UPDATE settlement_asset SET name = 'Other', status = 'SUSPENDED', payment_scale = 0, version = 9",
    "UPDATE settlement_ledgeraccount SET balance = balance + 7, held = 0, status = 'CLOSED' WHERE kind = 'CLIENT'",
    "UPDATE trading_market SET phase = 'HALTED', sequence = 999, reference_price = 1, last_price = 1, version = 9",
    "UPDATE trading_order SET version = 99, last_sequence = 999, priority_sequence = 999, fee_charged = 1",
    "UPDATE trading_instruction SET attempts = 9",
]


def late_entry(day: Day, amount: str) -> None:
    """An entry that happened before every `as_of` of these tests; joins the caller's transaction."""
    asset = day.world.usd.pk
    client = LedgerAccount.objects.get(profile_id=day.alder.profile_id, asset_id=asset)
    post_entry(
        kind="DEPOSIT",
        source_type="settlement.deposit",
        source_id=new_id(),
        event_at=day.world.at,
        moves=[Move(day.world.omnibus["USD"], client.pk, asset, Decimal(amount))],
        actor_id=None,
    )


def deposited(run: ReportRun, day: Day, store: ReportStore) -> Decimal:
    """What Alder has in USD, by a written report of balances."""
    own = [row for row in rows(run, store) if (row["Asset"], row["ProfileID"]) == ("USD", str(day.alder.profile_id))]
    return sum((Decimal(row["Balance"]) for row in own), Decimal(0))


def test_changed_columns_and_a_thousand_late_entries_change_nothing(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    as_of = now()
    written = [write(run_id, store, keys) for run_id in (trail(day, as_of=as_of), balances(day, as_of=as_of))]
    before = deposited(written[1], day, store)
    with transaction.atomic():
        for _ in range(1_000):
            late_entry(day, "0.01")
    seal()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in CHANGES:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
    for run in written:
        found = verify_report(run_id=run.pk, actor=SYSTEM, store=store, keys=keys, at=now())
        assert found.result == "SAME", found
    restated = write(balances(day, as_of=as_of), store, keys)
    assert deposited(restated, day, store) - before == Decimal("10.00")


def test_a_transaction_that_commits_late_is_later_in_the_record_and_not_lost(
    store: ReportStore, keys: ManifestKeys
) -> None:
    day = trading_day()
    seal()
    inserted, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                # The row's number in the sealer's queue is taken here, before the other deposit's.
                late_entry(day, "1.00")
                inserted.set()
                assert may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert inserted.wait(10)
    day.world.deposit(day.birch, "BTC", "2.00", reference="quick")
    seal()
    as_of = now()
    first = write(balances(day, as_of=as_of), store, keys)
    before = deposited(first, day, store)
    may_commit.set()
    thread.join()
    seal()
    assert SealHead.objects.get().seal_seq > first.known_at
    assert verify_report(run_id=first.pk, actor=SYSTEM, store=store, keys=keys, at=now()).result == "SAME"
    restated = write(balances(day, as_of=as_of), store, keys)
    assert deposited(restated, day, store) - before == Decimal("1.00")
