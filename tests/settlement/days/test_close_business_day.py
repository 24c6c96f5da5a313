"""A day ends: it takes no entry any more, every account stands written, and two people close it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.calendar import cut_off_at
from settlement.models import BalanceSnapshot, BusinessDay, Entry, LedgerAccount, ReconciliationRun
from settlement.operations.close_business_day import close_business_day
from settlement.operations.close_due_days import close_due_days
from settlement.operations.sign_day import sign_day
from settlement.queries.invariants import INVARIANTS
from tests.desk import a_person
from tests.guards.going_around import clone, refusing_fact
from tests.world import World

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
DAY = timedelta(days=1)


def after(day: date, minutes: int = 10) -> datetime:
    return cut_off_at(day) + timedelta(minutes=minutes)


def told(account: LedgerAccount, day: date) -> tuple[str, ...]:
    taken = BalanceSnapshot.objects.get(account=account, business_date=day)
    return tuple(f"{value.normalize():f}" for value in (taken.opening, taken.credits, taken.debits, taken.closing))


def breaches_of_v8() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for each in INVARIANTS:
            if each.number == "V8":
                cursor.execute(str(each.breaches), {"at": "2026-03-05 00:00+00"})
                found += cursor.fetchall()
    return found


def a_world_of_three_days() -> World:
    world = World()
    alder = world.client("Alder", USD="100.00")
    world.deposit(alder, "USD", "7.50")
    world.at += 2 * DAY
    world.deposit(alder, "USD", "0.25")
    return world


def alders() -> LedgerAccount:
    return LedgerAccount.objects.get(kind="CLIENT", asset__code="USD")


def test_days_end_one_after_the_other_and_what_was_missed_is_made_up_for():
    a_world_of_three_days()

    assert close_due_days(at=after(WEDNESDAY)) == [MONDAY, TUESDAY, WEDNESDAY]

    account = alders()
    assert told(account, MONDAY) == ("0", "107.5", "0", "107.5")
    assert told(account, TUESDAY) == ("107.5", "0", "0", "107.5")
    assert told(account, WEDNESDAY) == ("107.5", "0.25", "0", "107.75")
    omnibus = LedgerAccount.objects.get(kind="OMNIBUS", asset__code="USD")
    assert told(omnibus, WEDNESDAY) == ("-107.5", "0", "0.25", "-107.75")
    assert not BalanceSnapshot.objects.filter(account__asset__code="BTC").exists(), "nothing ever moved there"
    assert BusinessDay.objects.get(pk=WEDNESDAY + DAY).status == "OPEN"
    assert breaches_of_v8() == []
    assert close_due_days(at=after(WEDNESDAY)) == []


def test_a_day_does_not_end_before_its_time_nor_before_the_days_before_it():
    a_world_of_three_days()
    with pytest.raises(Refusal, match="DAY_NOT_OVER"):
        close_business_day(business_date=MONDAY, at=after(MONDAY, -11))
    with pytest.raises(Refusal, match="EARLIER_DAY_OPEN"):
        close_business_day(business_date=TUESDAY, at=after(TUESDAY))
    assert close_due_days(at=after(MONDAY, 4)) == [], "what is under way has a little time"


def test_what_comes_late_is_dated_to_the_day_that_is_open():
    world = a_world_of_three_days()
    close_due_days(at=after(TUESDAY))
    world.at -= 2 * DAY
    deposit_id = world.deposit(world.client("Birch"), "USD", "3.00")

    entry = Entry.objects.get(source_id=deposit_id)
    assert (entry.event_at.date(), entry.business_date) == (MONDAY, WEDNESDAY)
    close_due_days(at=after(WEDNESDAY))
    assert breaches_of_v8() == []


def test_nobody_gets_an_entry_into_a_day_that_is_shut_nor_turns_the_days_around():
    a_world_of_three_days()
    close_due_days(at=after(MONDAY))

    for day in ("2026-03-02", "2026-02-27"):
        statement = clone("settlement_entry", business_date=f"'{day}'", source_id="gen_random_uuid()")
        assert refusing_fact(statement) == "entry_is_of_an_open_day"
    days = "settlement_businessday"
    shut, cut = f"business_date = '{MONDAY}'", "cut_off_at, 'CLOSING', '{}', 1"
    columns = "business_date, cut_off_at, status, gates, version"
    for statement in (
        f"UPDATE {days} SET status = 'OPEN', gates = '{{}}' WHERE {shut}",
        f"INSERT INTO {days} ({columns}) SELECT '2026-03-05', {cut} FROM {days} WHERE {shut}",
        f"INSERT INTO {days} ({columns}) SELECT '2026-02-20', cut_off_at, 'OPEN', '{{}}', 1 FROM {days} WHERE {shut}",
    ):
        assert refusing_fact(statement) == "days_close_in_order"


def test_a_snapshot_is_taken_once_adds_up_and_opens_as_the_day_before_closed():
    a_world_of_three_days()
    close_due_days(at=after(TUESDAY))
    snapshots, next_day = "settlement_balancesnapshot", f"'{WEDNESDAY}'"

    assert refusing_fact(clone(snapshots)) == "snapshot_is_taken_once"
    torn = clone(
        snapshots, where="closing <> 0", business_date=next_day, opening="7", credits="0", debits="0", closing="7"
    )
    assert refusing_fact(torn) == "snapshot_opens_as_the_last_closed"
    assert refusing_fact(f"UPDATE {snapshots} SET held = 1") == "snapshot_is_append_only"


def test_v8_sees_a_snapshot_that_is_gone_or_moves_what_nobody_posted():
    a_world_of_three_days()
    close_due_days(at=after(WEDNESDAY))
    account = alders()
    for statement in (
        f"DELETE FROM settlement_balancesnapshot WHERE account_id = '{account.pk}' AND business_date = '{TUESDAY}'",
        "UPDATE settlement_balancesnapshot SET credits = credits + 1, closing = closing + 1"
        f" WHERE account_id = '{account.pk}' AND business_date = '{WEDNESDAY}'",
        f"UPDATE settlement_entry SET business_date = '2026-02-27' WHERE business_date = '{WEDNESDAY}'",
    ):
        point = transaction.savepoint()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert breaches_of_v8() != [], statement
        transaction.savepoint_rollback(point)
    assert breaches_of_v8() == []


def test_one_person_prepares_the_day_and_another_closes_it_and_days_close_in_order():
    a_world_of_three_days()
    close_due_days(at=after(TUESDAY))
    # Nothing was held anywhere but at the bank, whose account nobody has compared yet.
    operator, treasurer = (Actor("PERSON", a_person(role=role).pk) for role in ("OPERATIONS", "TREASURER"))

    def sign(day: date, gate: str, actor: Actor) -> BusinessDay:
        return sign_day(business_date=day, gate=gate, note="Looked at", actor=actor, at=after(WEDNESDAY))

    with pytest.raises(Refusal, match="NOT_RECONCILED"):
        sign(MONDAY, "reconciliation", operator)
    compare()
    with pytest.raises(Refusal, match="GATE_MISSING"):
        sign(MONDAY, "sign_off", treasurer)
    for day in (MONDAY, TUESDAY):
        assert sign(day, "reconciliation", operator).status == "CLOSING"
    with pytest.raises(Refusal, match="GATE_PASSED"):
        sign(MONDAY, "reconciliation", treasurer)
    with pytest.raises(Refusal, match="SIGNER_PREPARED"):
        sign(MONDAY, "sign_off", operator)
    with pytest.raises(Refusal, match="EARLIER_DAY_OPEN"):
        sign(TUESDAY, "sign_off", treasurer)
    closed = sign(MONDAY, "sign_off", treasurer)
    assert (closed.status, sorted(closed.gates)) == ("CLOSED", ["reconciliation", "sign_off", "snapshots"])
    assert sign(TUESDAY, "sign_off", treasurer).status == "CLOSED"
    with pytest.raises(Refusal, match="DAY_NOT_CLOSING"):
        sign(MONDAY, "sign_off", treasurer)
    acts = AuditEntry.objects.filter(object_type="settlement.business_day", object_id="2026-03-02").order_by("id")
    assert [act.action.rpartition(".")[2] for act in acts] == ["shut", "prepare", "close"]


def test_the_same_person_under_another_account_does_not_sign_off():
    a_world_of_three_days()
    close_due_days(at=after(MONDAY))
    compare()
    person = a_person(role="OPERATIONS")
    other = a_person(role="TREASURER", person_id=person.person_id)
    sign_day(business_date=MONDAY, gate="reconciliation", note="", actor=Actor("PERSON", person.pk), at=after(MONDAY))
    with pytest.raises(Refusal, match="SIGNER_PREPARED"):
        sign_day(business_date=MONDAY, gate="sign_off", note="", actor=Actor("PERSON", other.pk), at=after(MONDAY))


def compare() -> None:
    """The bank says what the ledger says."""
    omnibus = LedgerAccount.objects.get(kind="OMNIBUS", asset__code="USD")
    ReconciliationRun.objects.create(
        omnibus=omnibus,
        business_date=WEDNESDAY,
        run_version=1,
        status="BALANCED",
        ledger_balance=Decimal(5),
        outside_balance=Decimal(5),
        difference=Decimal(0),
        snapshot_sha256="0" * 64,
        taken_at=after(WEDNESDAY),
        run_at=after(WEDNESDAY),
    )


@pytest.mark.django_db(transaction=True)
def test_who_is_writing_when_the_day_ends_is_waited_for():
    """A writer that has taken its place in the day keeps the day from ending until it is done."""
    a_world_of_three_days()
    parameters = connection.get_connection_params()
    parameters = {
        name: parameters[name] for name in ("host", "port", "dbname", "user", "password") if parameters.get(name)
    }
    with psycopg.connect(**parameters) as writer:
        writer.execute("SELECT pg_advisory_xact_lock_shared(hashtext('settlement_businessday'))")
        with pytest.raises(Exception, match="lock timeout"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('settlement_businessday'))")
        writer.rollback()
    close_business_day(business_date=MONDAY, at=after(MONDAY))
    with pytest.raises(IntegrityError, match="takes no entry any more"):
        Entry.objects.create(
            kind="DEPOSIT", event_at=after(MONDAY, -30), business_date=MONDAY, source_type="settlement.deposit",
            source_id=alders().pk, group_id=alders().pk,
        )  # fmt: skip
