"""What rests when a control is set: the book follows the door."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import PermissionLoss, ProfileMember
from accounts.operations.clear_control import clear_control
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from tests.world import Client, World
from trading.models import Instruction, Order
from trading.operations.cancel_forbidden_orders import cancel_forbidden_orders
from trading.tasks import cancel_forbidden_orders as beat

pytestmark = pytest.mark.django_db
OFFICER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))


@pytest.fixture
def world(db: None) -> World:
    world = World()
    world.alder = world.client("Alder", USD="10000.00", BTC="1")  # type: ignore[attr-defined]
    world.place(world.alder, "BUY-OPEN", "BUY", "0.0100", "59000.00")  # type: ignore[attr-defined]
    world.place(world.alder, "SELL-OPEN", "SELL", "0.0100", "61000.00")  # type: ignore[attr-defined]
    world.match()
    world.place(world.alder, "BUY-ON-ITS-WAY", "BUY", "0.0100", "58000.00")  # type: ignore[attr-defined]
    return world


def holder_of(client: Client) -> UUID:
    return ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id


def control(client: Client, kind: str) -> UUID:
    wish = ControlWish(kind, "ADMINISTRATIVE")
    return set_control(identity_id=holder_of(client), wish=wish, set_by=OPERATOR, actor=OFFICER, at=now())


def outcome(world: World) -> dict[str, tuple[str, str]]:
    return {
        order.client_order_id: (order.status, order.done_reason)
        for order in Order.objects.filter(profile_id=world.alder.profile_id)  # type: ignore[attr-defined]
    }


CONTROL_SET = ("CANCELLED", "CONTROL_SET")


def test_where_execute_is_denied_everything_is_cancelled(world: Any) -> None:
    control(world.alder, "FROZEN")
    assert cancel_forbidden_orders(at=now()) == 3
    world.match()
    assert outcome(world) == {"BUY-OPEN": CONTROL_SET, "SELL-OPEN": CONTROL_SET, "BUY-ON-ITS-WAY": CONTROL_SET}
    assert world.balance(world.alder, "USD")[1] == world.balance(world.alder, "BTC")[1] == 0


def test_where_buy_is_denied_the_buys_are_and_the_sells_rest_on(world: Any) -> None:
    control(world.alder, "SELL_ONLY")
    assert cancel_forbidden_orders(at=now()) == 2
    world.match()
    assert outcome(world) == {"BUY-OPEN": CONTROL_SET, "SELL-OPEN": ("OPEN", ""), "BUY-ON-ITS-WAY": CONTROL_SET}


def test_the_house_itself_asks_and_writes_it_down_once_a_profile(world: Any) -> None:
    control(world.alder, "FROZEN")
    cancel_forbidden_orders(at=now())
    wishes = Instruction.objects.filter(kind="CANCEL")
    assert {(wish.initiator, wish.actor_id, wish.payload["reason"]) for wish in wishes} == {
        ("VENUE_AUTO", UUID(int=0), "CONTROL_SET")
    }
    entry = AuditEntry.objects.get(action="trading.order.cancel_forbidden")
    assert (entry.object_id, entry.actor_kind) == (str(world.alder.profile_id), "SYSTEM")


def test_asking_again_writes_no_second_wish_and_one_of_the_client_is_enough(world: Any) -> None:
    world.cancel(world.order(world.alder, "BUY-OPEN").pk)
    control(world.alder, "FROZEN")
    assert cancel_forbidden_orders(at=now()) == 2
    assert cancel_forbidden_orders(at=now()) == 0
    assert Instruction.objects.filter(kind="CANCEL").count() == 3


def test_others_are_left_alone_and_nothing_is_looked_at_when_nobody_lost_a_right(world: Any) -> None:
    birch = world.client("Birch", USD="1000.00", BTC="1")
    world.place(birch, "B", "SELL", "0.0100", "62000.00")
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert beat() == 0
    assert len(statements) == 1
    control(world.alder, "FROZEN")
    assert beat() == 3
    world.match()
    assert world.order(birch, "B").status == "OPEN"


def test_a_right_that_came_back_before_the_sweep_cancels_nothing(world: Any) -> None:
    control_id = control(world.alder, "SELL_ONLY")
    clear_control(
        control_id=control_id, identity_id=holder_of(world.alder), cleared_for=OPERATOR, actor=OFFICER, at=now()
    )
    assert cancel_forbidden_orders(at=now()) == 0


def test_the_loss_is_kept_some_seconds_for_an_order_that_was_on_its_way(world: Any) -> None:
    start = now()
    control(world.alder, "FROZEN")
    cancel_forbidden_orders(at=start)
    cancel_forbidden_orders(at=start + timedelta(seconds=9))
    assert PermissionLoss.objects.get().seen_at == start
    cancel_forbidden_orders(at=start + timedelta(seconds=11))
    assert not PermissionLoss.objects.exists()
    control(world.alder, "DORMANT")
    assert not PermissionLoss.objects.exists(), "nothing more was lost"


def test_another_owner_who_leaves_nobody_holding_cancels_too(world: Any) -> None:
    ProfileMember.objects.get(profile_id=world.alder.profile_id).mark_ended(until=now().date())
    assert cancel_forbidden_orders(at=now()) == 3


def test_a_halted_market_cancels_too(world: Any) -> None:
    world.change_phase("HALTED")
    world.match()
    control(world.alder, "FROZEN")
    cancel_forbidden_orders(at=now())
    world.match()
    assert {reason for status, reason in outcome(world).values() if status == "CANCELLED"} == {"CONTROL_SET"}


def test_v17_is_quiet_at_first_red_when_nobody_swept_and_green_when_the_book_has_followed(world: Any) -> None:
    def breaches(seconds: int) -> int:
        verdicts = verify_all(
            [each for each in INVARIANTS if each.number == "V17"], at=now() + timedelta(seconds=seconds)
        )
        assert not any(verdict.error for verdict in verdicts)
        return sum(verdict.count for verdict in verdicts)

    assert breaches(60) == 0
    control(world.alder, "FROZEN")
    assert breaches(0) == 0
    assert breaches(11) == 3
    cancel_forbidden_orders(at=now())
    assert breaches(11) == 3, "a wish that waits is not yet the deed"
    world.match()
    assert breaches(11) == 0
