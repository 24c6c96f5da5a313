"""The course of what arrives: seen, counted, final, in the books; or gone. And the custodian has what the ledger says."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.models import AuditEntry, OutboxMessage
from settlement.models import ArrivalCursor, BusinessDay, Entry
from settlement.operations.release_deposit import release_deposit
from tests.settlement.deposits.arriving import OFFICER, REASON, Arriving, all_holds, kinds, limit_rail

pytestmark = pytest.mark.django_db


def test_it_is_counted_until_it_is_final_and_then_it_is_the_clients(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.send(arriving.address(client))
    arriving.sweep()
    for seen in (1, 2):
        deposit = arriving.deposit()
        assert (deposit.status, deposit.confirmations_seen, deposit.final_at) == ("DETECTED", seen, None)
        assert deposit.profile_id == client.profile_id
        assert kinds(deposit) == []
        assert arriving.balances()["OMNIBUS"] == 0
        arriving.mine()
    deposit = arriving.deposit()
    assert (deposit.status, deposit.confirmations_seen, deposit.source) == ("CREDITED", 3, "CHAIN")
    assert (deposit.screening, deposit.review_reason, deposit.credited_by) == ("CLEAR", "", None)
    assert kinds(deposit) == ["DEPOSIT"]
    assert arriving.balances() == {"CLIENT": Decimal("0.5"), "SUSPENSE": 0, "OMNIBUS": Decimal("-0.5")}
    assert arriving.difference() == 0
    # More blocks say nothing new.
    arriving.mine(5)
    assert arriving.deposit().version == deposit.version
    all_holds()


def test_what_its_holder_calls_final_waits_for_as_many_blocks_as_we_want(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")), final_after=1)
    arriving.sweep()
    assert arriving.deposit().status == "DETECTED"
    arriving.mine()
    assert arriving.deposit().status == "DETECTED"
    arriving.mine()
    assert arriving.deposit().status == "CREDITED"


def test_what_we_would_believe_waits_for_its_holder(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")), final_after=6)
    arriving.mine(4)
    assert (arriving.deposit().status, arriving.deposit().confirmations_seen) == ("DETECTED", 5)
    arriving.mine()
    assert arriving.deposit().status == "CREDITED"
    assert arriving.difference() == 0


def test_a_line_at_the_bank_is_whose_reference_it_quotes(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    quoted = arriving.address(client, arriving.wire)
    arriving.pay(f"Invoice 7, our ref. {quoted.lower()}, thanks", booked=False)
    arriving.sweep()
    assert arriving.deposit("WIRE-1").status == "DETECTED"
    arriving.bank.book("WIRE-1", at=arriving.at)
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    assert (deposit.status, deposit.source, deposit.profile_id) == ("CREDITED", "BANK", client.profile_id)
    assert deposit.sender_subject_id is not None
    assert "Lovelace" not in str(list(AuditEntry.objects.values_list("changes", "reason")))
    assert arriving.difference("USD") == 0
    all_holds()


def test_gone_before_it_was_final_it_was_never_there_and_may_come_back(arriving: Arriving) -> None:
    address = arriving.address(arriving.world.client("Alder"))
    arriving.send(address)
    arriving.sweep()
    arriving.chain.drop("TX-1:0", at=arriving.at)
    arriving.sweep()
    assert (arriving.deposit().status, kinds(arriving.deposit())) == ("FAILED", [])
    assert arriving.balances()["OMNIBUS"] == 0
    all_holds()
    # Into a later block, by the same transaction.
    arriving.send(address)
    arriving.sweep()
    assert arriving.deposit().status == "DETECTED"
    arriving.mine(2)
    assert arriving.deposit().status == "CREDITED"
    assert arriving.difference() == 0
    all_holds()


def test_gone_before_anybody_heard_of_it_nothing_is_written(arriving: Arriving) -> None:
    arriving.pay("nothing", booked=False)
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    assert arriving.deposit("WIRE-1").status == "FAILED"


def test_late_it_goes_to_the_first_open_day_and_keeps_its_value_date(arriving: Arriving) -> None:
    address = arriving.address(arriving.world.client("Alder"))
    arriving.send(address)
    arriving.sweep()
    seen = arriving.at
    arriving.chain.mine(2, at=arriving.at)
    day = seen.date()
    BusinessDay.objects.create(business_date=day - timedelta(days=1), cut_off_at=seen, status="CLOSING", gates={})
    BusinessDay.objects.create(business_date=day, cut_off_at=seen, status="CLOSING", gates={})
    arriving.sweep(after=timedelta(days=3))
    deposit = arriving.deposit()
    entry = Entry.objects.get(source_id=deposit.pk)
    assert deposit.status == "CREDITED"
    assert (deposit.value_date, deposit.final_at) == (day, arriving.at)
    # It happened when its holder booked it; that day takes no entry any more.
    assert (entry.event_at, entry.business_date) == (seen, day + timedelta(days=1))


def test_the_cursor_stands_at_the_last_notice_and_reads_no_other_again(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")))
    assert arriving.sweep() == 1
    arriving.chain.mine(2, at=arriving.at)
    assert arriving.sweep() == 1
    assert arriving.sweep() == 0
    assert ArrivalCursor.objects.get(feed="CHAIN_SIMULATOR").position == 2


def test_it_is_written_down_and_the_client_hears_where_it_stands(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    address = arriving.address(client)
    arriving.arrive(address, "0.5", "TX-1:0")
    arriving.arrive(address, "0.0001", "TX-2:0")
    audit = AuditEntry.objects.filter(action__startswith="settlement.deposit.").order_by("id")
    assert [entry.action.rpartition(".")[2] for entry in audit] == [
        "detect",
        "credit",
        "detect",
        "receive",
    ]
    heard = OutboxMessage.objects.filter(entity_id=client.entity_id, topic__startswith="settlement.deposit.").order_by(
        "id"
    )
    assert [(message.topic, message.payload["status"]) for message in heard] == [
        ("settlement.deposit.detected", "DETECTED"),
        ("settlement.deposit.credited", "CREDITED"),
        ("settlement.deposit.detected", "DETECTED"),
        ("settlement.deposit.received", "UNDER_REVIEW"),
    ]
    assert "BELOW_MINIMUM" not in str([message.payload for message in heard])


def test_the_minimum_is_that_of_the_day_and_compliance_may_let_less_through(arriving: Arriving) -> None:
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")), "0.0001")
    assert (deposit.status, deposit.review_reason) == ("UNDER_REVIEW", "BELOW_MINIMUM")
    assert arriving.balances()["SUSPENSE"] == Decimal("0.0001")
    all_holds()
    released = release_deposit(deposit_id=deposit.pk, reason=REASON, actor=OFFICER, at=arriving.at)
    assert (released.status, kinds(deposit)) == ("CREDITED", ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"])
    limit_rail(arriving.bitcoin, min_deposit=Decimal(0))
    second = arriving.arrive(arriving.address(arriving.world.client("Birch")), "0.0001", "TX-2:0")
    assert second.status == "CREDITED"
    all_holds()
