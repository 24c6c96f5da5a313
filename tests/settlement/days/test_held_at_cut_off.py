"""What a snapshot says was held is what was held at the cut-off, whatever happened until it was written."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from settlement.calendar import cut_off_at
from settlement.models import BalanceSnapshot
from settlement.operations.close_business_day import close_business_day
from settlement.operations.close_due_days import close_due_days
from settlement.operations.end_withdrawal import cancel_withdrawal
from tests.settlement.withdrawals.paying import Paying
from tests.world import Client, World
from trading.operations.match_market import match_market

pytestmark = pytest.mark.django_db
MONDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 4)
SECOND = timedelta(seconds=1)


def at(world: World, instant: datetime) -> None:
    """From here on it is ``instant``, also for the matcher."""
    world.at = instant


def match(world: World) -> None:
    match_market(market_id=world.market_id, at=world.at)


def held(client: Client, code: str, day: date) -> Decimal:
    return BalanceSnapshot.objects.get(
        account__profile_id=client.profile_id, account__asset__code=code, business_date=day
    ).held


def close(world: World, day: date) -> None:
    """Three minutes late."""
    at(world, cut_off_at(day) + timedelta(minutes=3))
    close_business_day(business_date=day, at=world.at)


def test_an_order_after_the_cut_off_is_not_in_it_and_one_before_is_whole() -> None:
    world = World()
    alder, birch = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="3")
    world.place(birch, "B-1", "SELL", "1.5", "60000.00")
    match(world)
    at(world, cut_off_at(MONDAY) - SECOND)
    world.place(birch, "B-2", "SELL", "0.25", "61000.00")

    at(world, cut_off_at(MONDAY))
    world.place(birch, "B-3", "SELL", "0.125", "62000.00")
    match(world)
    world.place(alder, "A-1", "BUY", "1.0", "60000.00")
    match(world)
    world.place(birch, "B-4", "SELL", "0.0625", "63000.00")
    close(world, MONDAY)

    assert held(birch, "BTC", MONDAY) == Decimal("1.75"), (
        "B-1 whole and B-2; neither B-3, nor B-4 that waits to be matched"
    )
    assert held(alder, "USD", MONDAY) == 0
    assert world.balance(birch, "BTC")[1] == Decimal("0.9375")


def test_a_cancel_after_the_cut_off_gives_nothing_back_before_it() -> None:
    world = World()
    birch = world.client("Birch", BTC="3")
    world.place(birch, "B-1", "SELL", "1.5", "60000.00")
    match(world)
    at(world, cut_off_at(MONDAY))
    world.cancel(world.order(birch, "B-1").pk)
    match(world)
    close(world, MONDAY)
    assert held(birch, "BTC", MONDAY) == Decimal("1.5")

    close_due_days(at=cut_off_at(MONDAY + timedelta(days=1)) + timedelta(minutes=5))
    assert held(birch, "BTC", MONDAY + timedelta(days=1)) == 0


def test_a_withdrawal_counts_from_its_request_to_its_end(tmp_path: Path) -> None:
    world = World()
    paying = Paying(world, tmp_path)
    client = paying.client(usd="1000.00")
    before, after = paying.destination(client), cut_off_at(WEDNESDAY)
    paying.at = after - SECOND
    taken_back = paying.ask(client, "100.00", "W-1", destination_id=before)
    paying.at = after
    paying.ask(client, "200.00", "W-2", destination_id=before)
    cancel_withdrawal(
        withdrawal_id=taken_back.pk, entity_id=client.entity_id, actor=paying.actor(client), at=after + SECOND
    )
    close_due_days(at=after + timedelta(minutes=5))

    assert world.balance(client, "USD")[1] == Decimal("215")
    assert held(client, "USD", WEDNESDAY) == Decimal("115")
    assert held(client, "USD", WEDNESDAY - timedelta(days=1)) == 0
