"""An omnibus account against its custodian, run after run: breaks open, grow older, and close."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from core.domain.refusals import NotFound
from core.models import AuditEntry
from settlement.domain.snapshots import SnapshotRefused
from settlement.gateways.custodian import CustodianInbox, NoCustodian
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.models import Break, Entry, Posting, ReconciliationRun
from settlement.operations.reconcile_all import reconcile_all
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def simulator(tmp_path: Path) -> CustodianSimulator:
    return CustodianSimulator(tmp_path / "deep" / "custodian.json")


def receive(simulator: CustodianSimulator, reference: str, amount: str, at: datetime = MONDAY) -> None:
    simulator.receive(asset="USD", amount=Decimal(amount), reference=reference, at=at)


def run(world: World, custodian: object, at: datetime) -> ReconciliationRun:
    run_id = reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=custodian, as_of=at, at=at)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        # What COMMIT would check.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return ReconciliationRun.objects.get(pk=run_id)


def open_breaks() -> list[tuple[str, str, Decimal, date]]:
    rows = Break.objects.filter(status="OPEN").order_by("kind", "outside_reference")
    return list(rows.values_list("kind", "outside_reference", "amount", "opened_on"))


def test_books_that_agree_are_balanced_and_nothing_is_posted(simulator: CustodianSimulator) -> None:
    world = World()
    alder = world.client("Alder")
    receive(simulator, "WIRE-1", "1000.00")
    world.deposit(alder, "USD", "1000.00", "WIRE-1")
    entries, postings = Entry.objects.count(), Posting.objects.count()
    result = run(world, simulator, MONDAY + HOUR)

    assert (result.status, result.ledger_balance, result.outside_balance, result.difference) == (
        "BALANCED",
        1000,
        1000,
        0,
    )
    assert result.taken_at == MONDAY + HOUR
    assert len(result.snapshot_sha256) == 64
    assert (Entry.objects.count(), Posting.objects.count()) == (entries, postings)


def test_breaks_open_grow_older_and_close(simulator: CustodianSimulator) -> None:
    world = World()
    alder = world.client("Alder")
    receive(simulator, "WIRE-1", "1000.00")
    receive(simulator, "WIRE-2", "250.00")
    receive(simulator, "WIRE-3", "70.00")
    world.deposit(alder, "USD", "1000.00", "WIRE-1")
    world.deposit(alder, "USD", "75.00", "WIRE-3")
    world.deposit(alder, "USD", "5.00", "WIRE-4")
    monday = run(world, simulator, MONDAY + HOUR)

    first_day = date(2026, 3, 2)
    assert (monday.status, monday.difference) == ("OPEN", Decimal("240.00"))
    assert open_breaks() == [
        ("AMOUNT", "WIRE-3", Decimal(-5), first_day),
        ("MISSING_IN_LEDGER", "WIRE-2", Decimal(250), first_day),
        ("MISSING_IN_STATEMENT", "WIRE-4", Decimal(-5), first_day),
    ]
    receive(simulator, "WIRE-4", "5.00", MONDAY + 2 * HOUR)
    receive(simulator, "WIRE-5", "1.00", MONDAY + 2 * HOUR)
    tuesday = run(world, simulator, MONDAY + 24 * HOUR)

    assert tuesday.difference == Decimal("246.00")
    assert open_breaks() == [
        ("AMOUNT", "WIRE-3", Decimal(-5), first_day),
        ("MISSING_IN_LEDGER", "WIRE-2", Decimal(250), first_day),
        ("MISSING_IN_LEDGER", "WIRE-5", Decimal(1), date(2026, 3, 3)),
    ]
    closed = Break.objects.get(status="CLOSED")
    assert (closed.outside_reference, closed.closed_at) == ("WIRE-4", MONDAY + 24 * HOUR)
    assert AuditEntry.objects.filter(action="settlement.break.close", object_id=str(closed.pk)).count() == 1
    carried = Break.objects.get(run=tuesday, outside_reference="WIRE-2").carried_from
    assert carried is not None
    assert (carried.run_id, carried.status) == (monday.pk, "CARRIED")

    world.at = MONDAY + 25 * HOUR
    world.deposit(alder, "USD", "200.00", "WIRE-2")
    later = run(world, simulator, MONDAY + 26 * HOUR)

    assert later.run_version == 2
    assert open_breaks()[0] == ("AMOUNT", "WIRE-2", Decimal(50), first_day)


def test_a_deposit_booked_after_the_snapshot_was_taken_is_no_break(simulator: CustodianSimulator) -> None:
    world = World()
    alder = world.client("Alder")
    receive(simulator, "WIRE-1", "1000.00")
    world.deposit(alder, "USD", "1000.00", "WIRE-1")
    world.at = MONDAY + 2 * HOUR
    world.deposit(alder, "USD", "30.00", "WIRE-2")
    result = run(world, simulator, MONDAY + HOUR)

    assert (result.status, result.ledger_balance) == ("BALANCED", 1000)


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("truncated", lambda content: content[:-10]),
        ("wrong_currency", lambda content: content.replace(b'"USD"', b'"EUR"')),
        ("malformed", lambda content: content.replace(b'"1000.00"', b'"NaN"')),
        ("malformed", lambda content: content.replace(b'"1000.00"', b"NaN")),
        ("malformed", lambda content: content.replace(b'"balance": "', b'"balance": "-')),
        ("too_large", lambda content: content + b" " * (51 * 1024 * 1024)),
        ("encoding", lambda content: content + b"\xff"),
    ],
)
def test_a_bad_snapshot_is_a_failed_run_with_its_reason_and_no_half_result(
    simulator: CustodianSimulator, tmp_path: Path, code: str, spoil: object
) -> None:
    world = World()
    receive(simulator, "WIRE-1", "1000.00")
    run(world, simulator, MONDAY + HOUR)
    before = open_breaks()
    content = simulator.fetch_snapshot(account="MAIN", asset="USD", as_of=MONDAY + 2 * HOUR)
    (tmp_path / "MAIN-USD-20260302T120000Z.json").write_bytes(spoil(content))  # type: ignore[operator]
    result = run(world, CustodianInbox(tmp_path), MONDAY + 2 * HOUR)

    assert (result.status, result.difference, result.taken_at) == ("FAILED", None, None)
    assert result.failure.startswith(f"{code}: ")
    assert Break.objects.filter(run=result).count() == 0
    assert open_breaks() == before != []

    healed = run(world, simulator, MONDAY + 3 * HOUR)
    assert healed.status == "OPEN"
    assert [item[3] for item in open_breaks()] == [date(2026, 3, 2)]


def test_nobody_to_ask_is_a_failed_run(simulator: CustodianSimulator, tmp_path: Path) -> None:
    world = World()
    for custodian in (simulator, NoCustodian(), CustodianInbox(tmp_path / "nowhere")):
        result = run(world, custodian, MONDAY)
        assert (result.status, result.failure.split(":")[0]) == ("FAILED", "unavailable")


def test_a_snapshot_from_before_the_last_compared_one_is_refused(simulator: CustodianSimulator) -> None:
    world = World()
    receive(simulator, "WIRE-1", "1.00")
    run(world, simulator, MONDAY + HOUR)

    assert run(world, simulator, MONDAY).failure.startswith("out_of_sequence")
    assert run(world, simulator, MONDAY + HOUR).status == "OPEN"


def test_the_inbox_gives_the_newest_file_up_to_the_instant(simulator: CustodianSimulator, tmp_path: Path) -> None:
    for hour in (9, 11):
        (tmp_path / f"MAIN-USD-20260302T{hour:02}0000Z.json").write_text(json.dumps(hour))
    inbox = CustodianInbox(tmp_path)

    assert inbox.fetch_snapshot(account="MAIN", asset="USD", as_of=MONDAY) == b"9"
    assert inbox.fetch_snapshot(account="MAIN", asset="USD", as_of=MONDAY + HOUR) == b"11"
    with pytest.raises(SnapshotRefused, match="unavailable"):
        inbox.fetch_snapshot(account="MAIN", asset="BTC", as_of=MONDAY)


def test_the_sweep_makes_the_closing_run_of_the_day_that_ended(simulator: CustodianSimulator) -> None:
    world = World()
    for asset in ("USD", "BTC"):
        simulator.receive(asset=asset, amount=Decimal(1), reference="OPENING", at=MONDAY)
    reconcile_all(custodian=simulator, at=MONDAY + HOUR)
    receive(simulator, "LATE", "2.00", MONDAY + 13 * HOUR)
    receive(simulator, "NEXT-DAY", "4.00", MONDAY + 15 * HOUR)
    midnight = datetime(2026, 3, 3, 0, 1, tzinfo=UTC)
    assert len(reconcile_all(custodian=simulator, at=midnight)) == 4
    assert len(reconcile_all(custodian=simulator, at=midnight + HOUR)) == 2

    runs = ReconciliationRun.objects.filter(omnibus=world.omnibus["USD"]).order_by("id")
    assert [(item.business_date.day, item.run_version, item.outside_balance) for item in runs] == [
        (2, 1, 1), (2, 2, 3), (3, 1, 3), (3, 2, 7),
    ]  # fmt: skip
    assert {(item[1], item[3].day) for item in open_breaks()} == {("OPENING", 2), ("LATE", 2), ("NEXT-DAY", 3)}


def test_an_unknown_account_is_refused(simulator: CustodianSimulator) -> None:
    with pytest.raises(NotFound):
        reconcile_omnibus(omnibus_id=UUID(int=1), custodian=simulator, as_of=MONDAY, at=MONDAY)


def test_the_simulator_takes_a_reference_once(simulator: CustodianSimulator) -> None:
    receive(simulator, "WIRE-1", "10.00")
    receive(simulator, "WIRE-1", "10.0")
    content = json.loads(simulator.fetch_snapshot(account="MAIN", asset="USD", as_of=MONDAY))
    assert content["holdings"] == [{"wallet": "MAIN", "balance": "10.00"}]

    for reference, amount in (("WIRE-1", "11.00"), ("OUT", "-10.01"), ("ZERO", "0"), ("a b", "1"), ("NAN", "NaN")):
        with pytest.raises(ValueError, match=r"known|not so much|moves something|no reference"):
            receive(simulator, reference, amount)
    receive(simulator, "OUT", "-4.00")
    content = json.loads(simulator.fetch_snapshot(account="MAIN", asset="USD", as_of=MONDAY))
    assert content["holdings"][0]["balance"] == "6.00"
