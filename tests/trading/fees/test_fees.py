"""Schedules, who trades under which, volumes, and what an order is charged in the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import ApprovalRequest
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from tests.four_eyes import approve
from tests.world import MONDAY, Client, World
from trading.domain.fee_terms import TierTerms, check_tiers
from trading.models import EntityVolume, FeePlan, FeeSchedule, TradedVolume
from trading.operations.assign_fees import AssignmentTerms, assign_fees
from trading.operations.change_fee_schedule import ScheduleTerms, change_fee_schedule
from trading.operations.follow_fees import follow_fees
from trading.operations.measure_volumes import measure_volumes
from trading.queries.fees import list_assignments_in_line, list_fee_terms, list_schedules_in_line, simulate_fees

pytestmark = pytest.mark.django_db
SOMEBODY = SYSTEM
FLAT = [TierTerms(Decimal(0), Decimal("0.0005"), Decimal("0.0015"))]
BY_VOLUME = [
    TierTerms(Decimal(0), Decimal("0.001"), Decimal("0.002")),
    TierTerms(Decimal(10_000), Decimal("0"), Decimal("0.001")),
    TierTerms(Decimal(1_000_000), Decimal("-0.0001"), Decimal("0.0005")),
]
NOON = MONDAY + timedelta(hours=2)
LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def world(db: None) -> World:
    return World()


def change(
    tiers: Sequence[TierTerms] = FLAT,
    *,
    name: str = "Standard",
    replaces: int = 1,
    since: datetime | None = None,
    scale: int = 2,
) -> UUID | None:
    terms = ScheduleTerms(name=name, fee_scale=scale, tiers=tiers, replaces=replaces, in_force_from=since)
    return change_fee_schedule(terms=terms, reason="Wanted.", actor=SOMEBODY, at=NOON).approval_id


def assign(
    name: str, *, client: Client, of: str = "profile", market: UUID | None = None, since: datetime | None = None
) -> UUID | None:
    terms = AssignmentTerms(
        entity_id=client.entity_id if of == "entity" else None,
        profile_id=client.profile_id if of == "profile" else None,
        market_id=market,
        schedule_name=name,
        in_force_from=since,
    )
    return assign_fees(terms=terms, reason="Wanted.", actor=SOMEBODY, at=NOON).approval_id


def rates(world: World, client: Client, name: str) -> tuple[Decimal, Decimal]:
    """What an order is taken at now."""
    order = world.place(client, name, "BUY", "0.01", "1000.00").order
    return order.maker_rate, order.taker_rate


def test_a_version_is_in_force_once_approved_and_orders_keep_what_they_were_taken_at(world: World) -> None:
    client = world.client("Alder", USD="1000.00")
    before = world.place(client, "before", "BUY", "0.01", "1000.00").order
    approval_id = change()
    assert rates(world, client, "waiting") == (Decimal("0.001"), Decimal("0.002"))
    approve(approval_id)

    assert rates(world, client, "after") == (Decimal("0.0005"), Decimal("0.0015"))
    assert world.order(client, "before").taker_rate == before.taker_rate == Decimal("0.002")
    assert [row.schedule_version for row in list_schedules_in_line(at=NOON)] == [2]
    assert world.market.fee_schedule.schedule_version == 2
    entry = AuditEntry.objects.get(action="trading.fee_schedule.change")
    assert (entry.approval_id, entry.actor_kind) == (approval_id, "SYSTEM")
    assert AuditEntry.objects.filter(action="trading.market.follow_fees").count() == 1


def test_a_version_in_line_begins_when_its_moment_comes(world: World) -> None:
    client = world.client("Alder", USD="1000.00")
    approve(change(since=LATER))
    follow_fees(at=LATER - timedelta(seconds=1))
    assert rates(world, client, "early") == (Decimal("0.001"), Decimal("0.002"))
    assert [row.schedule_version for row in list_schedules_in_line(at=NOON)] == [1, 2]

    follow_fees(at=LATER)

    assert rates(world, client, "late") == (Decimal("0.0005"), Decimal("0.0015"))
    assert follow_fees(at=LATER) == 0


def test_terms_drawn_up_from_another_version_are_refused(world: World) -> None:
    with pytest.raises(Refusal, match="STATE_CHANGED"):
        change(replaces=0)
    with pytest.raises(Refusal, match="NOTHING_CHANGES"):
        change(BY_VOLUME[:1])
    with pytest.raises(Refusal, match="IN_FORCE_ALREADY"):
        change(since=NOON)
    asked = change(since=LATER)
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_PENDING"):
        change(scale=3)
    approve(asked)
    # Versions begin in their order: one that would come before what is in line fails as it is executed.
    second = change(scale=3, replaces=2)
    assert approve(second).outcome_code == "STATE_CHANGED"


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [TierTerms(Decimal(5), Decimal("0.001"), Decimal("0.002"))],
        [*FLAT, *FLAT],
        [TierTerms(Decimal(0), Decimal("0.003"), Decimal("0.002"))],
        [TierTerms(Decimal(0), Decimal("-0.005"), Decimal("0.002"))],
        [TierTerms(Decimal(0), Decimal("0.001"), Decimal("0.2"))],
        [TierTerms(Decimal(0), Decimal("0.0000001"), Decimal("0.002"))],
        [TierTerms(Decimal(0), Decimal("NaN"), Decimal("0.002"))],
        [TierTerms(Decimal(0), Decimal("0.001"), Decimal("Infinity"))],
        [TierTerms(Decimal("0.001"), Decimal("0.001"), Decimal("0.002"))],
    ],
)
def test_rates_that_cannot_be_are_refused(tiers: list[TierTerms]) -> None:
    with pytest.raises(Refusal, match="FEES_INVALID"):
        check_tiers(tiers)


def test_the_most_specific_assignment_wins(world: World) -> None:
    client, other = world.client("Alder", USD="1000.00"), world.client("Birch", USD="1000.00")
    for number, name in enumerate(("ENTITY", "PROFILE", "MARKET"), start=1):
        approve(change([TierTerms(Decimal(0), Decimal(0), Decimal(number) / 1000)], name=name, replaces=0))
    seen = []
    for name, of, market in (
        ("ENTITY", "entity", None), ("PROFILE", "profile", None), ("MARKET", "profile", world.market_id),
    ):  # fmt: skip
        approve(assign(name, client=client, of=of, market=market))
        seen.append(rates(world, client, name)[1])
    assert seen == [Decimal("0.001"), Decimal("0.002"), Decimal("0.003")]
    assert rates(world, other, "other")[1] == Decimal("0.002")
    assert len(list_assignments_in_line(at=NOON)) == 3

    # Taken back, the next one binds again.
    approve(assign_later(world, client))
    follow_fees(at=LATER)
    assert rates(world, client, "back")[1] == Decimal("0.002")
    assert len(list_assignments_in_line(at=LATER)) == 2


def assign_later(world: World, client: Client) -> UUID | None:
    return assign("", client=client, market=world.market_id, since=LATER)


def test_an_assignment_says_whom_and_what(world: World) -> None:
    client = world.client("Alder")
    with pytest.raises(Refusal, match="FEES_INVALID"):
        assign("Nothing", client=client)
    with pytest.raises(Refusal, match="NOTHING_CHANGES"):
        assign("", client=client)
    with pytest.raises(NotFound):
        assign("Standard", client=Client(new_id(), new_id(), client.credential))
    both = AssignmentTerms(
        entity_id=client.entity_id, profile_id=client.profile_id, market_id=None, schedule_name="Standard"
    )
    with pytest.raises(Refusal, match="FEES_INVALID"):
        assign_fees(terms=both, reason="Wanted.", actor=SOMEBODY, at=MONDAY)
    with pytest.raises(Refusal, match="REASON_MISSING"):
        assign_fees(terms=both, reason=" ", actor=SOMEBODY, at=MONDAY)
    assert not ApprovalRequest.objects.filter(action="FEE_ASSIGNMENT").exists()


def trade(world: World, seller: Client, buyer: Client, name: str, amount: str = "0.5") -> None:
    world.place(seller, f"s{name}", "SELL", amount, "60000.00")
    world.place(buyer, f"b{name}", "BUY", amount, "60000.00")
    world.match()


def test_a_tier_follows_what_was_traded_in_thirty_days(world: World, settings) -> None:
    settings.VOLUME_TRADES_AT_ONCE = 2
    seller, buyer = world.client("Birch", BTC="9", USD="100000.00"), world.client("Alder", USD="500000.00")
    idle = world.client("Cedar", USD="100.00")
    approve(change(BY_VOLUME))
    for number in range(3):
        trade(world, seller, buyer, str(number))

    assert measure_volumes(at=MONDAY) == 3
    assert measure_volumes(at=MONDAY) == 0
    follow_fees(at=NOON)

    assert {row.value for row in TradedVolume.objects.all()} == {Decimal(90_000)}
    assert rates(world, buyer, "second") == (Decimal(0), Decimal("0.001"))
    (terms,) = list_fee_terms(profile_id=buyer.profile_id)
    assert (terms.from_volume, terms.volume_30d, terms.next_volume) == (
        Decimal(10_000),
        Decimal(90_000),
        Decimal(1_000_000),
    )
    assert not FeePlan.objects.filter(profile_id=idle.profile_id).exists()
    assert not EntityVolume.objects.filter(entity_id=idle.entity_id).exists()

    # Thirty days on it has not traded for thirty days.
    measure_volumes(at=MONDAY + timedelta(days=30))
    follow_fees(at=MONDAY + timedelta(days=30))
    assert rates(world, buyer, "again") == (Decimal("0.001"), Decimal("0.002"))


def test_volume_waits_for_a_price_of_what_it_is_quoted_in(world: World, settings) -> None:
    settings.REPORTING_ASSET = "BTC"
    seller, buyer = world.client("Birch", BTC="9"), world.client("Alder", USD="500000.00")
    trade(world, seller, buyer, "0")

    assert measure_volumes(at=MONDAY) == 0
    settings.REPORTING_ASSET = "USD"
    assert measure_volumes(at=MONDAY) == 1


def test_what_other_rates_would_have_cost_is_counted_by_order(world: World) -> None:
    """The rates in force give what was paid, to the cent; others are rounded as they would have been: once an order."""
    seller, buyer = world.client("Birch", BTC="9", USD="1000.00"), world.client("Alder", USD="500000.00")
    world.place(seller, "s", "SELL", "0.0007", "60000.00")
    for number in range(7):
        world.place(buyer, f"b{number}", "BUY", "0.0001", "60000.00")
    world.match()
    day = world.at.date()

    same = simulate_fees(tiers=BY_VOLUME[:1], fee_scale=2, since=day, until=day)
    assert [(row.entity, row.orders, row.paid, row.would_pay) for row in sorted(same, key=lambda row: row.entity)] == [
        # 6.00 x 0.002 is 0.012, up to 0.02, seven times; 42.00 x 0.001 is 0.042, up to 0.05, once.
        ("Alder", 7, Decimal("0.14"), Decimal("0.14")),
        ("Birch", 1, Decimal("0.05"), Decimal("0.05")),
    ]
    free = simulate_fees(tiers=[TierTerms(Decimal(0), Decimal(0), Decimal(0))], fee_scale=2, since=day, until=day)
    assert {row.would_pay for row in free} == {Decimal(0)}
    assert {row.difference for row in free} == {Decimal("-0.14"), Decimal("-0.05")}
    assert simulate_fees(tiers=FLAT, fee_scale=2, since=day, until=day, market="ETH-USD") == []
    with pytest.raises(Refusal, match="FEES_INVALID"):
        simulate_fees(tiers=FLAT, fee_scale=2, since=day, until=day + timedelta(days=31))
    assert FeeSchedule.objects.count() == 1


def test_fees_are_not_rounded_finer_than_what_they_are_paid_in(world: World) -> None:
    client = world.client("Alder", USD="1000.00")
    with pytest.raises(Refusal, match="FEES_INVALID"):
        change(scale=7)
    approve(change(name="Fine", replaces=0, scale=8))
    with pytest.raises(Refusal, match="FEES_INVALID"):
        assign("Fine", client=client, market=world.market_id)

    # In all markets it binds where it can: not here.
    approve(assign("Fine", client=client))

    assert rates(world, client, "here") == (Decimal("0.001"), Decimal("0.002"))
