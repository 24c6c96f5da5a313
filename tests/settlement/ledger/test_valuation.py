"""What an amount is worth: by the newest price that is not too old, and by nothing else."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.domain.refusals import Refusal
from core.models import AuditEntry
from settlement.models import ValuationPrice
from settlement.operations.record_valuation_prices import PriceTold, record_valuation_prices
from settlement.queries.valuation import value_of
from tests.world import Client, World
from trading.operations.record_market_prices import record_market_prices
from trading.tasks import record_prices

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def tell(world: World, price: str, hours: int = 0, source: str = "MARKET:BTC-USD") -> int:
    told = PriceTold(world.btc.pk, Decimal(price), source)
    return record_valuation_prices(prices=[told], at=world.at + hours * HOUR)


def test_an_amount_is_worth_the_newest_price_before_the_instant_and_no_later_one():
    world = World()
    tell(world, "50000.00")
    tell(world, "51000.50", hours=1)

    before, after = (value_of(world.btc.pk, Decimal("0.12345678"), world.at + wait) for wait in (HOUR / 2, HOUR))

    assert (before.value, before.price) == (Decimal("6172.84"), Decimal("50000"))
    assert (after.value, after.price) == (Decimal("6296.36"), Decimal("51000.50"))


def test_the_reporting_asset_is_worth_itself_without_a_price():
    world = World()
    assert value_of(world.usd.pk, Decimal("12.345000"), world.at).value == Decimal("12.34")


def test_without_a_price_or_with_an_old_one_nothing_is_valued():
    world = World()
    with pytest.raises(Refusal, match="PRICE_MISSING"):
        value_of(world.btc.pk, Decimal(1), world.at)
    tell(world, "50000")
    assert value_of(world.btc.pk, Decimal(1), world.at + 26 * HOUR).value == Decimal("50000.00")
    with pytest.raises(Refusal, match="PRICE_MISSING") as refused:
        value_of(world.btc.pk, Decimal(1), world.at + 27 * HOUR)
    assert refused.value.meta == {"asset": "BTC", "currency": "USD", "max_age_hours": 26}


def test_a_price_told_twice_stays_as_it_was_first_told():
    world = World()
    assert tell(world, "50000") == 1
    assert tell(world, "49000") == 0
    assert ValuationPrice.objects.get().price == Decimal("50000")


def test_each_market_in_the_reporting_asset_tells_what_was_traded_else_its_reference():
    world = World()
    assert record_market_prices(at=world.at) == 0, "no price yet: the market says nothing"
    world.set_reference("50000.00")
    world.match()
    assert record_market_prices(at=world.at) == 1
    alder, birch = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="1")
    world.place(birch, "B-1", "SELL", "0.5", "50100.00")
    world.place(alder, "A-1", "BUY", "0.5", "50100.00")
    world.match()

    assert record_market_prices(at=world.at + SECOND) == 1
    told = newest()
    assert (told.price, told.source, told.currency) == (Decimal("50100"), "MARKET:BTC-USD", "USD")


def a_market(price: str = "50000.00") -> tuple[World, Client, Client]:
    world = World()
    world.set_reference(price)
    world.match()
    record_market_prices(at=world.at)
    return world, world.client("Alder", USD="900000.00"), world.client("Birch", BTC="9")


def trade(world: World, alder: Client, birch: Client, name: str, quantity: str, price: str) -> None:
    world.place(birch, f"B-{name}", "SELL", quantity, price)
    world.place(alder, f"A-{name}", "BUY", quantity, price)
    world.match()


def newest() -> ValuationPrice:
    return ValuationPrice.objects.order_by("-event_at", "-recorded_at")[0]


def test_a_market_tells_the_average_of_its_trades_by_their_volume():
    world, alder, birch = a_market()
    trade(world, alder, birch, "1", "3", "50000.00")
    trade(world, alder, birch, "2", "1", "50400.00")
    assert record_market_prices(at=world.at + SECOND) == 1
    assert newest().price == Decimal("50100")


def test_one_small_trade_in_a_thin_market_says_nothing():
    world, alder, birch = a_market()
    trade(world, alder, birch, "1", "0.001", "49200.00")
    record_market_prices(at=world.at + SECOND)
    assert (newest().event_at, newest().price) == (world.at + SECOND, Decimal(50000)), "its reference"
    trade(world, alder, birch, "2", "1", "50100.00")
    later = world.at + HOUR
    record_market_prices(at=later)
    assert (newest().event_at, newest().price) == (later, Decimal(50100)), "of the newest that come to enough"


def test_a_jump_is_not_kept_and_somebody_is_told(settings):
    settings.VALUATION_JUMP_PERCENT = 1
    world, alder, birch = a_market()
    trade(world, alder, birch, "1", "2", "50800.00")
    assert record_market_prices(at=world.at + SECOND) == 0
    assert value_of(world.btc.pk, Decimal(1), world.at + SECOND).price == Decimal(50000)
    entry = AuditEntry.objects.get(action="settlement.valuation_price.refuse")
    assert entry.changes == [{"field": "MARKET:BTC-USD", "before": "50000", "after": "50800"}]
    # A person says what is right, and the market is believed again.
    tell(world, "50400", source="OPERATOR", hours=1)
    assert record_market_prices(at=world.at + 2 * HOUR) == 1
    assert newest().price == Decimal(50800)


def test_the_task_tells_what_is_worth_now():
    a_market()
    assert record_prices() == 1
    assert newest().price == Decimal(50000)
