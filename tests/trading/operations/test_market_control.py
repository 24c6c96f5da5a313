"""Phases, sessions, rules and switches, on the books: who is kept out, what is cancelled, and what a market comes to."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve
from tests.world import World
from trading.models import Instruction, KillSwitch, MarketHistory, MarketSession, OrderEvent, Trade
from trading.operations.cancel_orders import OrderFilter, cancel_orders
from trading.operations.change_market import MarketRules, change_market
from trading.operations.change_phase import PhaseWish, change_phase
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch
from trading.operations.keep_sessions import keep_sessions
from trading.operations.match_market import forget_books
from trading.operations.plan_session import SessionTerms, plan_session
from trading.operations.release_kill_switch import release_kill_switch
from trading.operations.set_dead_mans_switch import set_dead_mans_switch
from trading.operations.trip_dead_mans_switches import trip_dead_mans_switches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return World()


def a_switch(world: World, scope: str, scope_id: object) -> KillSwitch:
    terms = SwitchTerms(scope, scope_id, "ERRONEOUS_ORDERS", "Too many")  # type: ignore[arg-type]
    return engage_kill_switch(terms=terms, actor=Actor("PERSON", a_person().pk), at=world.at)


@pytest.mark.parametrize("scope", ["FIRM", "MARKET", "ENTITY", "PROFILE", "CREDENTIAL"])
def test_a_switch_keeps_its_scope_out_and_cancels_what_rests(world: World, scope: str) -> None:
    killed, other = world.client("Alder", USD="100000.00"), world.client("Birch", USD="100000.00")
    world.place(killed, "rests", "BUY", "0.1", "60000.00")
    world.place(other, "rests", "BUY", "0.1", "60000.00")
    world.match()
    ids = {
        "FIRM": None, "MARKET": world.market_id, "ENTITY": killed.entity_id, "PROFILE": killed.profile_id,
        "CREDENTIAL": killed.credential.credential_id,
    }  # fmt: skip
    switch = a_switch(world, scope, ids[scope])
    with pytest.raises(Refusal, match="KILL_SWITCH_ENGAGED"):
        world.place(killed, "late", "BUY", "0.1", "60000.00")
    assert world.balance(killed, "USD")[1] == world.order(killed, "rests").held
    world.match()
    assert world.order(killed, "rests").done_reason == "KILL_SWITCH"
    is_wide = scope in ("FIRM", "MARKET")
    assert world.order(other, "rests").status == ("CANCELLED" if is_wide else "OPEN")

    forget_books()
    waiting = release_kill_switch(switch_id=switch.pk, reason="Over", actor=SYSTEM, at=world.at)
    approve(waiting.approval_id)
    world.match()
    world.place(killed, "again", "BUY", "0.1", "60000.00")
    world.match()
    assert world.order(killed, "again").status == "OPEN"


def test_who_engaged_a_switch_does_not_decide_on_its_release(world: World) -> None:
    engager = a_person_with("kill.approve")
    terms = SwitchTerms("MARKET", world.market_id, "SYSTEM_FAULT")
    switch = engage_kill_switch(terms=terms, actor=Actor("PERSON", engager.pk), at=world.at)
    with pytest.raises(Refusal, match="ALREADY_EXISTS"):
        engage_kill_switch(terms=terms, actor=SYSTEM, at=world.at)
    waiting = release_kill_switch(switch_id=switch.pk, reason="Over", actor=SYSTEM, at=world.at)
    approve(waiting.approval_id, by=[engager])
    assert KillSwitch.objects.get(pk=switch.pk).released_at is None
    approve(release_kill_switch(switch_id=switch.pk, reason="Over", actor=SYSTEM, at=world.at).approval_id)
    assert KillSwitch.objects.get(pk=switch.pk).released_at is not None


def test_a_halt_and_a_switch_overtake_the_orders_that_wait(world: World) -> None:
    buyer, seller = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="1")
    world.place(seller, "s", "SELL", "0.1", "60000.00")
    world.place(buyer, "b", "BUY", "0.1", "60000.00")
    world.change_phase("HALTED")
    world.match()
    assert not Trade.objects.exists()
    assert {world.order(buyer, "b").status, world.order(seller, "s").status} == {"REJECTED"}
    assert world.market.phase == "HALTED"


def test_what_was_approved_before_a_halt_does_not_end_it(world: World) -> None:
    wish = PhaseWish("AUCTION", "As planned")
    waiting = change_phase(market_id=world.market_id, wish=wish, actor=SYSTEM, at=world.at)
    world.change_phase("HALTED")
    world.match()
    approve(waiting.approval_id)
    world.match()
    assert world.market.phase == "HALTED"


def test_an_auction_says_what_it_would_come_to_and_ends_by_the_clock(world: World) -> None:
    buyer, seller = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="1")
    wish = PhaseWish("AUCTION", "Opening", "AUCTION", auction_seconds=60)
    approve(change_phase(market_id=world.market_id, wish=wish, actor=SYSTEM, at=world.at).approval_id)
    world.match()
    with pytest.raises(Refusal, match="PHASE_NOT_ALLOWED"):
        world.place(buyer, "m", "BUY", "0.1", "60000.00", time_in_force="IOC")
    world.place(buyer, "b", "BUY", "0.3", "60001.00")
    world.place(seller, "s", "SELL", "0.1", "60000.00")
    world.match()
    market = world.market
    assert (market.auction_volume, market.auction_imbalance) == (Decimal("0.1"), Decimal("0.2"))
    session = MarketSession.objects.get()
    assert keep_sessions(at=session.ends_at - timedelta(seconds=1)) == 0
    assert keep_sessions(at=session.ends_at) == 1
    world.match()
    assert (world.market.phase, world.market.auction_price) == ("OPEN", None)
    assert Trade.objects.get().liquidity == "AUCTION"
    assert MarketSession.objects.get().status == "OVER"


def test_sessions_move_a_market_and_leave_a_halted_one_alone(world: World) -> None:
    def plan(first: int, last: int) -> None:
        terms = SessionTerms(
            "CANCEL_ONLY", "AUCTION", world.at + timedelta(hours=first), world.at + timedelta(hours=last), "MAINTENANCE"
        )
        outcome = plan_session(market_id=world.market_id, terms=terms, note="Disks", actor=SYSTEM, at=world.at)
        approve(outcome.approval_id)

    with time_machine.travel(world.at, tick=False):
        plan(1, 2)
        plan(3, 4)
        with pytest.raises(Refusal, match="SESSION_OVERLAPS"):
            plan(1, 3)
    keep_sessions(at=world.at + timedelta(hours=1))
    world.match()
    assert world.market.phase == "CANCEL_ONLY"
    keep_sessions(at=world.at + timedelta(hours=2))
    world.match()
    assert world.market.phase == "AUCTION"
    world.change_phase("HALTED")
    world.match()
    keep_sessions(at=world.at + timedelta(hours=3))
    world.match()
    assert world.market.phase == "HALTED"
    assert list(MarketSession.objects.order_by("starts_at").values_list("status", flat=True)) == ["OVER", "SKIPPED"]


def test_rules_are_the_engines_the_doors_and_a_version_of_the_terms(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    rules = MarketRules(Decimal("0.1"), Decimal("0.05"), Decimal("1.00"), Decimal("0.001"))
    approve(
        change_market(market_id=world.market_id, rules=rules, reason="Wider", actor=SYSTEM, at=world.at).approval_id
    )
    world.match()
    market = world.market
    assert (market.entry_band, market.execution_band, market.tick_step, market.lot_step, market.version) == (
        Decimal("0.1"), Decimal("0.05"), 2, 10, 2,
    )  # fmt: skip
    assert list(MarketHistory.objects.order_by("pgh_id").values_list("tick_step", flat=True)) == [1, 2]
    with pytest.raises(Refusal, match="PRICE_OFF_TICK"):
        world.place(client, "off", "BUY", "0.1", "60000.50")
    with pytest.raises(Refusal, match="AMOUNT_OFF_LOT"):
        world.place(client, "odd", "BUY", "0.1001", "60000.00")
    with pytest.raises(Refusal, match="NOTHING_CHANGES"):
        change_market(market_id=world.market_id, rules=rules, reason="Again", actor=SYSTEM, at=world.at)


def test_bands_are_on_from_the_first_day(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    world.set_reference("60000")
    world.place(client, "far", "BUY", "0.1", "63000.50")
    world.match()
    assert world.order(client, "far").done_reason == "PRICE_BEYOND_ENTRY_BAND"


def test_cancel_all_reaches_what_matches_and_nothing_else(world: World) -> None:
    one, two = world.client("Alder", USD="100000.00", BTC="1"), world.client("Birch", USD="100000.00")
    world.place(one, "b", "BUY", "0.1", "60000.00")
    world.place(one, "s", "SELL", "0.1", "61000.00")
    world.place(two, "b", "BUY", "0.1", "60000.00")
    world.match()
    actor = Actor("CREDENTIAL", one.credential.credential_id)
    wanted = OrderFilter(profile_id=one.profile_id, side="BUY")
    ids = cancel_orders(wanted=wanted, reason="MASS_CANCEL", actor=actor, at=world.at)
    assert len(ids) == 1
    world.match()
    assert world.order(one, "b").done_reason == "MASS_CANCEL"
    assert {world.order(one, "s").status, world.order(two, "b").status} == {"OPEN"}
    assert cancel_orders(wanted=wanted, reason="MASS_CANCEL", actor=actor, at=world.at) == []
    assert OrderEvent.objects.filter(kind="MASS_CANCELLED").count() == 1


def test_who_falls_silent_has_its_orders_cancelled_once(world: World) -> None:
    client = world.client("Alder", USD="100000.00")
    world.place(client, "b", "BUY", "0.1", "60000.00")
    world.match()
    credential = client.credential.credential_id

    def push(seconds: int) -> object:
        return set_dead_mans_switch(
            profile_id=client.profile_id, credential_id=credential, timeout_seconds=seconds, at=world.at
        )

    due_at = push(5)
    assert due_at == world.at + timedelta(seconds=5)
    assert push(60) == world.at + timedelta(seconds=60)
    assert trip_dead_mans_switches(at=world.at + timedelta(seconds=59)) == 0
    assert trip_dead_mans_switches(at=world.at + timedelta(seconds=60)) == 1
    assert trip_dead_mans_switches(at=world.at + timedelta(seconds=61)) == 0
    world.match()
    assert world.order(client, "b").done_reason == "DEAD_MANS_SWITCH"
    push(5)
    assert push(0) is None
    assert trip_dead_mans_switches(at=world.at + timedelta(hours=1)) == 0
    with pytest.raises(Refusal, match="REQUEST_INVALID"):
        push(4)


def test_an_unknown_scope_is_not_found(world: World) -> None:
    with pytest.raises(Exception, match="profile"):
        engage_kill_switch(terms=SwitchTerms("PROFILE", uuid4(), "LEGAL_ORDER"), actor=SYSTEM, at=world.at)
    assert not Instruction.objects.filter(kind="ENGAGE_KILL").exists()
