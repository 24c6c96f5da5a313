"""A statement tells what the books say: of closed days, from sealed entries, once, under the next number."""

import zlib
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from accounts.gateways import document_store
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import SYSTEM, Actor
from core.operations.seal_records import seal_records
from settlement.models import Asset, BalanceSnapshot, ClientStatement, LedgerAccount, ValuationPrice
from settlement.operations.close_due_days import close_due_days
from settlement.operations.issue_statement import issue_statement
from settlement.operations.reissue_statement import reissue_statement
from settlement.operations.reverse_entry import reverse_entry
from settlement.queries.client_statements import access_statement, read_document
from tests.settlement.statements.closing import close_until, night_of
from tests.world import Client, World

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World()


def issue(client: Client, first: date, last: date, **values: object) -> ClientStatement:
    at = night_of(WEDNESDAY)
    given = {"profile_id": client.profile_id, "period_start": first, "period_end": last, "actor": SYSTEM, "at": at}
    return ClientStatement.objects.get(pk=issue_statement(**given | values))  # type: ignore[arg-type]


def a_traded_day(world: World) -> tuple[Client, Client]:
    alder, birch = world.client("Alder", USD="1000.00"), world.client("Birch", BTC="3")
    world.set_reference("60000")
    world.place(birch, "b-1", "SELL", "0.01", "60000.00")
    world.place(alder, "a-1", "BUY", "0.005", "60000.00")
    world.match()
    return alder, birch


def told(statement: ClientStatement, asset: str) -> tuple[str, ...]:
    found = {each["asset"]: each for each in read_document(statement)["assets"]}[asset]
    return tuple(found[name] for name in ("opening", "credits", "debits", "closing", "held"))


def test_opening_and_movements_come_to_the_closing_of_every_asset_and_to_the_ledger(world: World) -> None:
    alder, birch = a_traded_day(world)
    close_until(MONDAY)

    statement = issue(alder, MONDAY, MONDAY)
    assert told(statement, "USD") == ("0.000000", "1000.000000", "300.600000", "699.400000", "0.000000")
    assert told(statement, "BTC") == ("0.00000000", "0.00500000", "0.00000000", "0.00500000", "0.00000000")
    document = read_document(statement)
    for asset in document["assets"]:
        running = Decimal(asset["opening"])
        for each in document["movements"]:
            if each["asset"] == asset["asset"]:
                running += Decimal(each["change"])
                assert Decimal(each["balance"]) == running
        ledger = LedgerAccount.objects.get(profile_id=alder.profile_id, asset__code=asset["asset"])
        assert running == Decimal(asset["closing"]) == ledger.balance
    assert document["fees"] == [{"type": "BTC-USD", "asset": "USD", "amount": "0.600000", "count": "1"}]
    assert told(issue(birch, MONDAY, MONDAY), "BTC")[3:] == ("2.99500000", "0.00500000")
    pending = read_document(issue(birch, MONDAY - DAY, MONDAY))["pending"]
    assert [(each["kind"], each["asset"], each["amount"]) for each in pending] == [("ORDERS", "BTC", "0.00500000")]


def test_a_period_opens_as_the_one_before_closed_and_what_is_gone_prints_at_nought(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    world.at += DAY
    world.deposit(alder, "USD", "2.50")
    close_until(WEDNESDAY)

    periods = [issue(alder, day, day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    assert [told(each, "USD")[0] for each in periods] == ["0.000000", "10.000000", "12.500000"]
    assert [told(each, "USD")[3] for each in periods] == ["10.000000", "12.500000", "12.500000"]
    assert [each.number for each in periods] == ["2026-0001", "2026-0002", "2026-0003"]
    assert {each["asset"] for each in read_document(periods[0])["assets"]} == {"USD"}, "never held is absent"


def test_what_it_was_worth_and_who_says_so(world: World) -> None:
    alder = world.client("Alder", USD="10.00", BTC="0.5")
    btc = Asset.objects.get(code="BTC")
    for price, minutes in (("50000", 60), ("60000.5", 1), ("70000", -1)):
        ValuationPrice.objects.create(
            asset=btc, currency="USD", price=Decimal(price), source="MARKET:BTC-USD", business_date=MONDAY,
            event_at=night_of(MONDAY) - timedelta(minutes=10 + minutes),
        )  # fmt: skip
    close_until(WEDNESDAY)

    document = read_document(issue(alder, MONDAY, MONDAY))
    assert document["assets"][0]["price"] == {
        "price": "60000.5", "source": "MARKET:BTC-USD", "event_at": "2026-03-02T23:59:00.000000Z",
    }  # fmt: skip
    assert (document["assets"][0]["value"], document["value"]) == ("30000.25", "30010.25")
    late = read_document(issue(alder, WEDNESDAY, WEDNESDAY))
    assert (late["assets"][0]["price"], late["assets"][0]["value"], late["value"]) == (None, None, None), "too old"


def test_only_closed_days_are_stated_and_only_what_is_sealed(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    with pytest.raises(Refusal, match="DAY_NOT_CLOSED"):
        issue(alder, MONDAY, MONDAY)
    close_due_days(at=night_of(MONDAY))
    with pytest.raises(Refusal, match="DAY_NOT_CLOSED"):
        issue(alder, MONDAY, MONDAY)
    close_until(MONDAY)
    for first, last in ((TUESDAY, MONDAY), (MONDAY - 400 * DAY, MONDAY)):
        with pytest.raises(Refusal, match="PERIOD_INVALID"):
            issue(alder, first, last)
    with pytest.raises(NotFound):
        issue(alder, MONDAY, MONDAY, profile_id=uuid4())
    nobody = world.client("Birch")
    with pytest.raises(Refusal, match="NOTHING_TO_STATE"):
        issue(nobody, MONDAY, MONDAY)


def test_what_waits_for_its_seal_is_not_stated_yet(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    seal_records(at=world.at)
    world.deposit(alder, "USD", "1.00")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT * FROM core_unsealed")
        cursor.execute("DELETE FROM core_unsealed")
    close_until(MONDAY)
    with pytest.raises(Refusal, match="FIGURES_NOT_SEALED"):
        issue(alder, MONDAY, MONDAY)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_unsealed SELECT * FROM waiting")
    seal_records(at=night_of(MONDAY))
    assert told(issue(alder, MONDAY, MONDAY), "USD")[3] == "11.000000"


def test_a_period_is_stated_once_and_written_down(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    close_until(MONDAY)
    statement = issue(alder, MONDAY, MONDAY)
    with pytest.raises(Refusal, match="STATEMENT_ALREADY_ISSUED") as caught:
        issue(alder, MONDAY, MONDAY)
    assert caught.value.meta["statement_id"] == str(statement.pk)
    entry = AuditEntry.objects.get(object_type="settlement.client_statement")
    assert (entry.action, entry.object_id) == ("settlement.client_statement.issue", str(statement.pk))
    message = OutboxMessage.objects.get(topic="settlement.client_statement.issued")
    assert (message.entity_id, message.payload["number"]) == (alder.entity_id, "2026-0001")
    assert "Alder" not in str(message.payload) + str(entry.changes) + str(statement.totals)
    assert access_statement(statement_id=statement.pk, entity_id=alder.entity_id) == statement
    with pytest.raises(NotFound):
        access_statement(statement_id=statement.pk, entity_id=world.client("Birch").entity_id)


def test_what_comes_late_or_is_corrected_is_told_in_a_new_statement_that_names_the_old(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    wrong = world.deposit(alder, "USD", "4.00")
    close_until(MONDAY)
    old = issue(alder, MONDAY, MONDAY)
    with pytest.raises(Refusal, match="STATEMENT_UNCHANGED"):
        reissue(old)
    assert ClientStatement.objects.count() == 1

    world.deposit(alder, "USD", "0.75")  # of Monday still, and Monday is shut
    entry = LedgerAccount.objects.get(profile_id=alder.profile_id).postings_in.get(entry__source_id=wrong).entry
    with transaction.atomic():
        reverse_entry(
            entry_id=entry.pk, source_type="settlement.deposit", source_id=uuid4(), actor_id=None,
            event_at=world.at + DAY,
        )  # fmt: skip
    seal_records(at=night_of(TUESDAY))

    with pytest.raises(Refusal, match="REASON_TOO_SHORT"):
        reissue(old, reason="late")
    new = reissue(old)
    assert (new.number, new.supersedes_id, new.known_at > old.known_at) == ("2026-0002", old.pk, True)
    document = read_document(new)
    assert document["supersedes"] == {"number": "2026-0001", "reason": "A deposit came late."}
    usd = document["assets"][0]
    assert (usd["closing"], usd["restated"]) == ("14.000000", "10.750000"), "the books of Monday stay what they were"
    assert [(each["kind"], each["change"], each["balance"]) for each in document["later"]] == [
        ("DEPOSIT", "0.750000", "14.750000"), ("REVERSAL", "-4.000000", "10.750000"),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="STATEMENT_SUPERSEDED"):
        reissue(old)
    with pytest.raises(Refusal, match="STATEMENT_UNCHANGED"):
        reissue(new)
    assert read_document(old)["assets"][0]["restated"] == "14.000000", "the old one says what it said"
    acts = AuditEntry.objects.filter(object_type="settlement.client_statement").order_by("id")
    assert [act.action.rpartition(".")[2] for act in acts] == ["issue", "reissue"]
    close_until(TUESDAY)
    assert told(issue(alder, TUESDAY, TUESDAY), "USD") == (
        "14.000000", "0.750000", "4.000000", "10.750000", "0.000000",
    )  # fmt: skip


def reissue(statement: ClientStatement, reason: str = "A deposit came late.") -> ClientStatement:
    new: UUID = reissue_statement(
        statement_id=statement.pk, reason=reason, actor=Actor("PERSON", uuid4()), at=night_of(WEDNESDAY)
    )
    return ClientStatement.objects.get(pk=new)


def test_what_is_kept_is_encrypted_and_what_was_changed_is_not_told(world: World) -> None:
    alder = world.client("Alder-Holdings", USD="10.00")
    close_until(MONDAY)
    statement = issue(alder, MONDAY, MONDAY)
    place = document_store.installed_documents()._place(statement.storage_key)
    assert b"Alder" not in place.read_bytes()
    assert read_document(statement)["client"]["name"] == "Alder-Holdings"
    statement.storage_key = document_store.put(statement.subject_id, zlib.compress(b"{}"))
    with pytest.raises(Refusal, match="STATEMENT_DAMAGED"):
        read_document(statement)


def test_books_that_do_not_add_up_are_not_stated(world: World) -> None:
    alder = world.client("Alder", USD="10.00")
    close_until(MONDAY)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        BalanceSnapshot.objects.filter(account__profile_id=alder.profile_id).update(credits=11, closing=11)
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(Refusal, match="STATEMENT_DOES_NOT_TIE"):
        issue(alder, MONDAY, MONDAY)


def test_more_than_paper_can_hold_is_refused(world: World, settings) -> None:
    alder = world.client("Alder", USD="10.00")
    for number in range(3):
        world.deposit(alder, "USD", "1.00", f"D-{number}")
    close_until(MONDAY)
    settings.STATEMENT_MOST_MOVEMENTS = 3
    with pytest.raises(Refusal, match="STATEMENT_TOO_LARGE"):
        issue(alder, MONDAY, MONDAY)
    settings.STATEMENT_MOST_MOVEMENTS = 4
    assert issue(alder, MONDAY, MONDAY).movement_count == 4
