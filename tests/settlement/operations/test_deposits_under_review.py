"""Money that its owner may not simply receive: booked when it comes, released by compliance or sent back, never lost."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.models import Deposit, Entry, LedgerAccount, ReconciliationRun
from settlement.operations.complete_return import complete_return
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from tests.world import MONDAY, Client, World

OFFICER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))
REASON = "Looked at."


@pytest.fixture
def world(db: None) -> World:
    return World()


def control(client: Client, kind: str) -> None:
    holder = ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id
    set_control(identity_id=holder, wish=ControlWish(kind, "OTHER"), set_by=OPERATOR, actor=OFFICER, at=now())


def balances(client: Client) -> dict[str, Decimal]:
    """Of the client, of SUSPENSE and of the omnibus account, in USD; nothing where there is no account."""
    found = {"CLIENT": Decimal(0), "SUSPENSE": Decimal(0)}
    for account in LedgerAccount.objects.filter(asset__code="USD").exclude(kind="FEES"):
        if account.kind != "CLIENT" or account.profile_id == client.profile_id:
            found[account.kind] = account.balance
    return found


def kinds(deposit_id: UUID) -> list[str]:
    return list(Entry.objects.filter(source_id=deposit_id).order_by("id").values_list("kind", flat=True))


def all_holds() -> None:
    verdicts = verify_all([each for each in INVARIANTS if each.number in {"V1", "V2", "V5", "V6", "V7"}], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []


def under_review(world: World, kind: str = "SELL_ONLY") -> tuple[Client, UUID]:
    client = world.client("Alder")
    control(client, kind)
    return client, world.deposit(client, "USD", "250.00", "WIRE-1")


@pytest.mark.parametrize("kind", ["SELL_ONLY", "DORMANT", "FROZEN", "CLOSED"])
def test_under_any_control_it_is_booked_and_waits_in_suspense(world: World, kind: str) -> None:
    client, deposit_id = under_review(world, kind)
    deposit = Deposit.objects.get(pk=deposit_id)
    assert (deposit.status, deposit.review_reason, deposit.credited_at) == ("UNDER_REVIEW", "PERMISSION", None)
    assert deposit.received_at == MONDAY
    assert balances(client) == {"CLIENT": 0, "SUSPENSE": 250, "OMNIBUS": -250}
    assert kinds(deposit_id) == ["DEPOSIT_RECEIVED"]
    all_holds()


def test_so_it_does_for_somebody_whom_nobody_has_approved_yet(world: World) -> None:
    client = world.client("Alder")
    ProfileMember.objects.get(profile_id=client.profile_id).mark_ended(until=now().date())
    assert Deposit.objects.get(pk=world.deposit(client, "USD", "1.00")).status == "UNDER_REVIEW"


def test_and_for_a_profile_that_is_closed_which_only_gets_it_back(world: World) -> None:
    client = world.client("Alder")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_profile SET status = 'CLOSED' WHERE id = %s", [client.profile_id])
    deposit_id = world.deposit(client, "USD", "1.00")
    with pytest.raises(Refusal, match="ACTION_NOT_PERMITTED"):
        release_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    return_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    assert Deposit.objects.get(pk=deposit_id).status == "RETURNING"


def test_compliance_releases_it_and_the_client_has_it(world: World) -> None:
    client, deposit_id = under_review(world)
    for _ in range(2):
        release_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    deposit = Deposit.objects.get(pk=deposit_id)
    assert (deposit.status, deposit.review_reason, deposit.credited_by) == ("CREDITED", "PERMISSION", OFFICER.id)
    assert balances(client) == {"CLIENT": 250, "SUSPENSE": 0, "OMNIBUS": -250}
    assert kinds(deposit_id) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    all_holds()


def test_it_goes_back_in_two_steps_and_the_value_stays_until_it_has(world: World) -> None:
    client, deposit_id = under_review(world)
    for _ in range(2):
        return_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    assert balances(client)["SUSPENSE"] == 250
    all_holds()
    for _ in range(2):
        complete_return(deposit_id=deposit_id, return_reference="OUT-1", actor=OFFICER, at=now())
    deposit = Deposit.objects.get(pk=deposit_id)
    assert (deposit.status, deposit.return_reference) == ("RETURNED", "OUT-1")
    assert balances(client) == {"CLIENT": 0, "SUSPENSE": 0, "OMNIBUS": 0}
    assert kinds(deposit_id) == ["DEPOSIT_RECEIVED", "DEPOSIT_RETURNED"]
    all_holds()


def test_only_moves_that_there_are_are_made(world: World) -> None:
    def refused(operation: Any, deposit_id: UUID, **terms: str) -> str:
        with pytest.raises(Refusal) as caught:
            operation(deposit_id=deposit_id, actor=OFFICER, at=now(), **terms)
        return caught.value.code

    _, first = under_review(world)
    assert refused(complete_return, first, return_reference="OUT-1") == "STATE_CHANGED"
    assert refused(release_deposit, first, reason=" ") == refused(return_deposit, first, reason="") == "REASON_MISSING"
    return_deposit(deposit_id=first, reason=REASON, actor=OFFICER, at=now())
    assert refused(release_deposit, first, reason=REASON) == "STATE_CHANGED"
    assert refused(complete_return, first, return_reference="a b") == "REFERENCE_INVALID"
    complete_return(deposit_id=first, return_reference="OUT-1", actor=OFFICER, at=now())
    assert refused(complete_return, first, return_reference="OUT-2") == "CLIENT_REFERENCE_REUSED"
    birch = world.client("Birch", USD="5.00")
    credited = Deposit.objects.get(profile_id=birch.profile_id).pk
    assert refused(return_deposit, credited, reason=REASON) == "STATE_CHANGED"
    with pytest.raises(NotFound):
        release_deposit(deposit_id=uuid4(), reason=REASON, actor=OFFICER, at=now())


def test_the_same_deposit_told_again_is_the_same_whatever_became_of_it(world: World) -> None:
    client, deposit_id = under_review(world)
    release_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    assert world.deposit(client, "USD", "250.00", "WIRE-1") == deposit_id
    with pytest.raises(Refusal, match="CLIENT_REFERENCE_REUSED"):
        world.deposit(client, "USD", "251.00", "WIRE-1")


def test_it_is_written_down_and_the_client_hears_where_it_stands(world: World) -> None:
    client, deposit_id = under_review(world)
    release_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=now())
    audit = AuditEntry.objects.filter(object_id=str(deposit_id)).order_by("id")
    assert [(entry.action, entry.reason) for entry in audit] == [
        ("settlement.deposit.receive", ""),
        ("settlement.deposit.release", REASON),
    ]
    heard = OutboxMessage.objects.filter(entity_id=client.entity_id, channel="TRANSFERS").order_by("id")
    assert [(message.topic, message.payload["status"]) for message in heard] == [
        ("settlement.deposit.received", "UNDER_REVIEW"),
        ("settlement.deposit.credited", "CREDITED"),
    ]
    assert "PERMISSION" not in str([message.payload for message in heard])


def test_reconciliation_knows_what_came_and_what_went_back(world: World, tmp_path: Path) -> None:
    _, deposit_id = under_review(world)
    simulator = CustodianSimulator(tmp_path / "custodian.json")
    simulator.receive(asset="USD", amount=Decimal(250), reference="WIRE-1", at=MONDAY)

    def difference(hours: int) -> Decimal | None:
        at = MONDAY + timedelta(hours=hours)
        reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=simulator, as_of=at, at=at)
        run = ReconciliationRun.objects.order_by("-run_at").first()
        assert run is not None
        assert run.status != "FAILED", run.failure
        return run.difference

    assert difference(1) == 0, "in the bank and in SUSPENSE, though nobody owns it yet"
    return_deposit(deposit_id=deposit_id, reason=REASON, actor=OFFICER, at=MONDAY)
    complete_return(deposit_id=deposit_id, return_reference="OUT-1", actor=OFFICER, at=MONDAY + timedelta(hours=2))
    simulator.receive(asset="USD", amount=Decimal(-250), reference="OUT-1", at=MONDAY + timedelta(hours=2))
    assert difference(3) == 0
