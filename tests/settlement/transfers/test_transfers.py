"""Value from profile to profile: at once within an entity, under policy between two, all of a batch or none of it."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from accounts.models import ApprovalRequest, ProfileMember
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.create_profile import create_profile
from accounts.operations.expire_approvals import expire_approvals
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import OutboxMessage
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from settlement.models import Entry, EntryReversal, InternalTransfer, LedgerAccount
from settlement.operations.reverse_entry import reverse_entry
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.start_transfers import Started, TransferWish, start_transfers
from tests.four_eyes import a_person_with, approve, decide
from tests.identities import hold
from tests.world import MONDAY, Client, World

pytestmark = pytest.mark.django_db
OPERATOR_ID = UUID("019ab000-0000-7000-8000-00000000c0de")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def alder(world: World) -> Client:
    return world.client("Alder", USD="50000.00", BTC="2")


@pytest.fixture
def birch(world: World) -> Client:
    return world.client("Birch", USD="10.00")


def program(client: Client) -> Actor:
    return Actor("CREDENTIAL", client.credential.credential_id)


def second_profile(world: World, client: Client) -> UUID:
    profile_id = create_profile(entity_id=client.entity_id, name="Second", reference="second", at=world.at)
    hold(profile_id, at=world.at)
    return profile_id


def wish(source: UUID, destination: UUID, amount: str, reference: str = "T-1", asset: str = "USD") -> TransferWish:
    return TransferWish(source, destination, asset, Decimal(amount), reference)


def move(client: Client, *wishes: TransferWish) -> Started:
    return start_transfers(wishes=wishes, actor=program(client), at=MONDAY)


def balance(profile_id: UUID, code: str = "USD") -> Decimal:
    found = LedgerAccount.objects.filter(profile_id=profile_id, asset__code=code).first()
    return found.balance if found else Decimal(0)


def status(transfer: InternalTransfer) -> str:
    return InternalTransfer.objects.get(pk=transfer.pk).status


def all_holds() -> None:
    wanted = {"V1", "V2", "V3", "V5", "V6", "V7", "V26"}
    verdicts = verify_all([each for each in INVARIANTS if each.number in wanted], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []


def test_within_an_entity_it_goes_at_once_however_much(world: World, alder: Client) -> None:
    second = second_profile(world, alder)
    started = move(alder, wish(alder.profile_id, second, "45000.00"))
    (transfer,) = started.transfers
    assert (transfer.status, started.approval_id, transfer.value) == ("EXECUTED", None, None)
    assert (balance(alder.profile_id), balance(second)) == (Decimal(5000), Decimal(45000))
    entry = Entry.objects.get(source_id=transfer.pk)
    assert (entry.kind, entry.source_type) == ("INTERNAL_TRANSFER", "settlement.internal_transfer")
    all_holds()


def test_between_entities_little_goes_at_once_and_more_waits(world: World, alder: Client, birch: Client) -> None:
    little = move(alder, wish(alder.profile_id, birch.profile_id, "999.99"))
    assert little.transfers[0].status == "EXECUTED"
    assert little.transfers[0].value == Decimal("999.99")
    more = move(alder, wish(alder.profile_id, birch.profile_id, "1000.00", "T-2"))
    assert more.transfers[0].status == "AWAITING_APPROVAL"
    assert ApprovalRequest.objects.get(pk=more.approval_id).approvals_required == 1
    much = move(alder, wish(alder.profile_id, birch.profile_id, "10000.00", "T-3"))
    assert ApprovalRequest.objects.get(pk=much.approval_id).approvals_required == 2
    assert balance(birch.profile_id) == Decimal("1009.99")
    approve(more.approval_id)
    approve(much.approval_id)
    assert balance(birch.profile_id) == Decimal("12009.99")
    assert {status(each.transfers[0]) for each in (more, much)} == {"EXECUTED"}
    assert InternalTransfer.objects.get(pk=much.transfers[0].pk).approval_id == much.approval_id
    all_holds()


def test_what_waits_holds_nothing_and_fails_where_it_is_short(world: World, alder: Client, birch: Client) -> None:
    waiting = move(alder, wish(alder.profile_id, birch.profile_id, "40000.00"))
    second = second_profile(world, alder)
    move(alder, wish(alder.profile_id, second, "20000.00", "T-2"))
    assert approve(waiting.approval_id).outcome_code == "INSUFFICIENT_AVAILABLE"
    transfer = InternalTransfer.objects.get(pk=waiting.transfers[0].pk)
    assert (transfer.status, transfer.reason_code) == ("FAILED", "INSUFFICIENT_AVAILABLE")
    assert balance(birch.profile_id) == Decimal(10)
    all_holds()


def test_a_rejection_a_taking_back_and_the_time_end_it(alder: Client, birch: Client) -> None:
    asked = [move(alder, wish(alder.profile_id, birch.profile_id, "2000.00", f"T-{number}")) for number in range(3)]
    assert asked[0].approval_id is not None and asked[1].approval_id is not None
    decide(asked[0].approval_id, a_person_with("transfer.approve"), "REJECT", note="Whose is that?")
    cancel_approval(approval_id=asked[1].approval_id, actor=program(alder), at=MONDAY)
    expire_approvals(at=MONDAY + timedelta(days=2))
    rows = [InternalTransfer.objects.get(pk=each.transfers[0].pk) for each in asked]
    assert [(row.status, row.reason_code) for row in rows] == [
        ("REJECTED", ""),
        ("CANCELLED", ""),
        ("CANCELLED", "APPROVAL_EXPIRED"),
    ]
    assert balance(alder.profile_id) == Decimal(50000)
    all_holds()


def test_the_same_again_is_the_same_and_another_is_told_apart(alder: Client, birch: Client) -> None:
    first = move(alder, wish(alder.profile_id, birch.profile_id, "5.00"))
    again = move(alder, wish(alder.profile_id, birch.profile_id, "5"))
    assert (again.transfers[0].pk, again.is_replay) == (first.transfers[0].pk, True)
    with pytest.raises(Refusal) as refused:
        move(alder, wish(alder.profile_id, birch.profile_id, "6.00"))
    assert refused.value.code == "CLIENT_REFERENCE_REUSED"
    assert refused.value.meta["differences"] == [{"pointer": "/amount", "stored": "5", "sent": "6"}]
    assert balance(birch.profile_id) == Decimal(15)


def test_a_batch_goes_whole_or_not_at_all(world: World, alder: Client) -> None:
    second = second_profile(world, alder)
    wishes = [wish(alder.profile_id, second, "1.00", f"B-{number}") for number in range(100)]
    started = move(alder, *wishes)
    assert {transfer.status for transfer in started.transfers} == {"EXECUTED"}
    assert len({transfer.batch_id for transfer in started.transfers}) == 1
    assert balance(second) == Decimal(100)
    short = [wish(alder.profile_id, second, "25000.00", f"C-{number}") for number in range(3)]
    with pytest.raises(Refusal, match="available"):
        move(alder, *short)
    assert not InternalTransfer.objects.filter(client_reference__startswith="C-").exists()
    assert balance(second) == Decimal(100)
    assert move(alder, *wishes).is_replay
    with pytest.raises(Refusal) as refused:
        move(alder, *wishes[:2], wish(alder.profile_id, second, "1.00", "B-new"))
    assert refused.value.meta["differences"] == [
        {"pointer": "/items/2/client_reference", "stored": None, "sent": "B-new"}
    ]
    for bad in ([], [*wishes, wish(alder.profile_id, second, "1.00", "B-101")], [wishes[0], wishes[0]]):
        with pytest.raises(Refusal):
            move(alder, *bad)
    all_holds()


def test_a_batch_waits_as_one_and_goes_as_one(world: World, alder: Client, birch: Client) -> None:
    second = second_profile(world, alder)
    started = move(
        alder,
        wish(alder.profile_id, birch.profile_id, "600.00", "B-1"),
        wish(alder.profile_id, birch.profile_id, "600.00", "B-2"),
        wish(alder.profile_id, second, "100.00", "B-3"),
    )
    assert {transfer.status for transfer in started.transfers} == {"AWAITING_APPROVAL"}
    assert ApprovalRequest.objects.get(pk=started.approval_id).value == Decimal(1200)
    approve(started.approval_id)
    assert (balance(birch.profile_id), balance(second)) == (Decimal(1210), Decimal(100))
    all_holds()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Decimal(0)}, "AMOUNT_BELOW_MINIMUM"),
        ({"amount": Decimal("NaN")}, "AMOUNT_BELOW_MINIMUM"),
        ({"amount": Decimal("0.0000001")}, "SCALE_EXCEEDED"),
        ({"amount": Decimal(60000)}, "INSUFFICIENT_AVAILABLE"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, alder: Client, change: dict[str, Decimal], code: str) -> None:
    second = second_profile(world, alder)
    fields = {"from_profile_id": alder.profile_id, "to_profile_id": second, "asset": "USD", "client_reference": "T-1"}
    with pytest.raises(Refusal) as refused:
        move(alder, TransferWish(**fields, **change))
    assert refused.value.code == code
    assert not InternalTransfer.objects.exists()


def test_to_oneself_and_to_nobody_is_refused(alder: Client, birch: Client) -> None:
    with pytest.raises(Refusal) as refused:
        move(alder, wish(alder.profile_id, alder.profile_id, "1.00"))
    assert refused.value.code == "TRANSFER_GOES_NOWHERE"
    with pytest.raises(NotFound):
        move(alder, wish(alder.profile_id, uuid4(), "1.00"))
    with pytest.raises(NotFound):
        move(alder, wish(alder.profile_id, birch.profile_id, "1.00", asset="XYZ"))


def test_without_a_price_nothing_is_measured_and_nothing_goes(alder: Client, birch: Client) -> None:
    with pytest.raises(Refusal) as refused:
        move(alder, wish(alder.profile_id, birch.profile_id, "0.1", asset="BTC"))
    assert refused.value.code == "PRICE_MISSING"


@pytest.mark.parametrize("kind", ["SELL_ONLY", "FROZEN", "DORMANT", "CLOSED"])
def test_under_a_control_nothing_goes_out_and_nothing_comes_in(alder: Client, birch: Client, kind: str) -> None:
    waiting = move(birch, wish(alder.profile_id, birch.profile_id, "2000.00", "T-9"))
    holder = ProfileMember.objects.get(profile_id=birch.profile_id, role="HOLDER").identity_id
    set_control(
        identity_id=holder,
        wish=ControlWish(kind, "OTHER"),
        set_by=OPERATOR,
        actor=Actor("PERSON", OPERATOR_ID),
        at=now(),
    )
    for source, destination in ((birch, alder), (alder, birch)):
        with pytest.raises(Refusal) as refused:
            move(source, wish(source.profile_id, destination.profile_id, "1.00"))
        assert refused.value.code == "ACTION_NOT_PERMITTED"
    # What stands against who receives is not told to who sends.
    assert refused.value.meta["blocked_by"] == []
    assert approve(waiting.approval_id).outcome_code == "ACTION_NOT_PERMITTED"
    assert status(waiting.transfers[0]) == "FAILED"


def test_it_is_taken_back_by_its_mirror_once(alder: Client, birch: Client) -> None:
    (sent,) = move(alder, wish(alder.profile_id, birch.profile_id, "500.00")).transfers
    operator = Actor("PERSON", a_person_with("transfer.start").pk)
    back = reverse_transfer(transfer_id=sent.pk, reason="Sent to the wrong profile.", actor=operator, at=MONDAY)
    (mirror,) = back.transfers
    assert (mirror.status, mirror.reverses_id, status(sent)) == ("EXECUTED", sent.pk, "REVERSED")
    assert (balance(alder.profile_id), balance(birch.profile_id)) == (Decimal(50000), Decimal(10))
    original, reversal = Entry.objects.get(source_id=sent.pk), Entry.objects.get(source_id=mirror.pk)
    assert (reversal.kind, reversal.corrects_id, reversal.group_id) == ("REVERSAL", original.pk, original.group_id)
    assert EntryReversal.objects.get(entry=original).reversal_id == reversal.pk
    for transfer in (sent, mirror):
        with pytest.raises(Refusal) as refused:
            reverse_transfer(transfer_id=transfer.pk, reason="Again.", actor=operator, at=MONDAY)
        assert refused.value.code == "STATE_CHANGED"
    all_holds()


def test_who_has_spent_it_is_not_left_with_less_than_nothing(world: World, alder: Client, birch: Client) -> None:
    (sent,) = move(alder, wish(alder.profile_id, birch.profile_id, "500.00")).transfers
    move(birch, wish(birch.profile_id, second_profile(world, birch), "400.00", "Spent"))
    operator = Actor("PERSON", a_person_with("transfer.start").pk)
    with pytest.raises(Refusal) as refused:
        reverse_transfer(transfer_id=sent.pk, reason="Wrong profile.", actor=operator, at=MONDAY)
    assert refused.value.code == "INSUFFICIENT_AVAILABLE"
    with pytest.raises(Refusal, match="says why"):
        reverse_transfer(transfer_id=sent.pk, reason=" ", actor=operator, at=MONDAY)
    assert (status(sent), balance(birch.profile_id)) == ("EXECUTED", Decimal(110))
    all_holds()


def test_a_large_one_is_taken_back_by_two_more_people(alder: Client, birch: Client) -> None:
    sent = move(alder, wish(alder.profile_id, birch.profile_id, "20000.00"))
    approve(sent.approval_id)
    operator = Actor("PERSON", a_person_with("transfer.start").pk)
    asked = reverse_transfer(transfer_id=sent.transfers[0].pk, reason="Wrong.", actor=operator, at=MONDAY)
    with pytest.raises(Refusal) as refused:
        reverse_transfer(transfer_id=sent.transfers[0].pk, reason="Wrong.", actor=operator, at=MONDAY)
    assert refused.value.code == "STATE_CHANGED"
    approve(asked.approval_id)
    assert status(sent.transfers[0]) == "REVERSED"
    all_holds()


def test_an_entry_is_reversed_once_and_a_reversal_may_be(alder: Client, birch: Client) -> None:
    (sent,) = move(alder, wish(alder.profile_id, birch.profile_id, "5.00")).transfers
    entry = Entry.objects.get(source_id=sent.pk)
    first = reverse_entry(entry_id=entry.pk, source_type="a.test", source_id=uuid4(), event_at=MONDAY, actor_id=None)
    with pytest.raises(Refusal) as refused:
        reverse_entry(entry_id=entry.pk, source_type="a.test", source_id=uuid4(), event_at=MONDAY, actor_id=None)
    assert refused.value.code == "ENTRY_ALREADY_REVERSED"
    reverse_entry(entry_id=first, source_type="a.test", source_id=uuid4(), event_at=MONDAY, actor_id=None)
    assert balance(birch.profile_id) == Decimal(15)
    with pytest.raises(NotFound):
        reverse_entry(entry_id=uuid4(), source_type="a.test", source_id=uuid4(), event_at=MONDAY, actor_id=None)


def test_both_sides_hear_of_it(alder: Client, birch: Client) -> None:
    move(alder, wish(alder.profile_id, birch.profile_id, "5.00"))
    waiting = move(alder, wish(alder.profile_id, birch.profile_id, "5000.00", "T-2"))
    told = OutboxMessage.objects.filter(topic__startswith="settlement.internal_transfer").order_by("id")
    assert [(each.topic.rpartition(".")[2], each.entity_id) for each in told] == [
        ("executed", alder.entity_id),
        ("executed", birch.entity_id),
        ("requested", alder.entity_id),
    ]
    assert waiting.approval_id is not None
