"""The door asks what a profile's owners may do: in the look before, and in the very statement that stores the order."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount
from tests.world import Client, World
from trading.models import Order

OFFICER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))


@pytest.fixture
def world(db: None) -> World:
    return World()


def holder_of(client: Client) -> UUID:
    return ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id


def control(client: Client, kind: str) -> UUID:
    wish = ControlWish(kind, "ADMINISTRATIVE" if kind != "FROZEN" else "COMPLIANCE_INVESTIGATION")
    return set_control(identity_id=holder_of(client), wish=wish, set_by=OPERATOR, actor=OFFICER, at=now())


def refusal_of(world: World, client: Client, side: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        world.place(client, f"X-{side}", side, "0.0100", "60000.00")
    return caught.value


@pytest.mark.parametrize(
    ("kind", "buys", "sells"),
    [("SELL_ONLY", False, True), ("DORMANT", False, False), ("FROZEN", False, False), ("CLOSED", False, False)],
)
def test_a_control_forbids_the_sides_that_it_forbids(world: World, kind: str, buys: bool, sells: bool) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    control(client, kind)
    for side, may in (("BUY", buys), ("SELL", sells)):
        if may:
            assert world.place(client, f"X-{side}", side, "0.0100", "60000.00").order.status == "PENDING"
        else:
            assert refusal_of(world, client, side).code == "ACTION_NOT_PERMITTED"
    assert Order.objects.count() == buys + sells


def test_a_refusal_names_identity_cause_and_action_and_not_the_reason(world: World) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    control(client, "FROZEN")

    refusal = refusal_of(world, client, "BUY")

    assert (refusal.code, refusal.status) == ("ACTION_NOT_PERMITTED", 422)
    assert refusal.meta == {
        "action": "BUY",
        "identity_id": str(holder_of(client)),
        "blocked_by": [
            {"identity_id": str(holder_of(client)), "cause_kind": "CONTROL", "cause": "FROZEN", "action": "BUY"}
        ],
    }
    assert "INVESTIGATION" not in str(refusal.meta) + refusal.detail


def test_a_profile_without_a_holder_may_do_nothing(world: World) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    ProfileMember.objects.get(profile_id=client.profile_id).mark_ended(until=now().date())

    refusal = refusal_of(world, client, "SELL")

    assert [block["cause"] for block in refusal.meta["blocked_by"]] == ["NO_HOLDER"]
    assert refusal.meta["identity_id"] is None


def test_a_closed_profile_says_so(world: World) -> None:
    client = world.client("Alder")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_profile SET status = 'CLOSED' WHERE id = %s", [client.profile_id])

    assert [block["cause"] for block in refusal_of(world, client, "BUY").meta["blocked_by"]] == ["CLOSED"]


def test_a_control_that_comes_between_the_look_and_the_deed_still_forbids(world: World) -> None:
    """The statement that stores the order asks the profile's row itself."""
    client = world.client("Alder", USD="1000.00", BTC="1")
    controls: list[UUID] = []

    def set_before_the_deed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("WITH hold") and not controls:
            controls.append(UUID(int=0))
            controls.append(control(client, "SELL_ONLY"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(set_before_the_deed):
        refusal = refusal_of(world, client, "BUY")

    assert (refusal.code, len(controls)) == ("ACTION_NOT_PERMITTED", 2)
    assert not Order.objects.exists()
    assert not LedgerAccount.objects.filter(held__gt=0).exists()


def test_an_order_that_was_placed_before_is_still_answered_and_can_be_cancelled(world: World) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    placed = world.place(client, "A", "BUY", "0.0100", "60000.00")
    control(client, "FROZEN")

    assert world.place(client, "A", "BUY", "0.0100", "60000.00").is_replay
    world.cancel(placed.order.id)
    world.match()
    assert world.order(client, "A").done_reason == "CLIENT_REQUEST"
