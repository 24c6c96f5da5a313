"""The trades of the documentation's worked day, to the last cent."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from settlement.models import Entry, LedgerAccount, Posting
from tests.world import World
from trading.models import OrderEvent, Trade

pytestmark = pytest.mark.django_db


def test_the_day_runs_to_the_last_cent() -> None:
    world = World()
    alder = world.client("Alder", USD="100000.00")
    birch = world.client("Birch", BTC="3")
    world.set_reference("60000.00")

    world.place(birch, "B-1", "SELL", "1.5", "60000.00")
    world.match()
    assert world.balance(birch, "BTC") == (Decimal("3"), Decimal("1.5"))

    world.place(alder, "A-1", "BUY", "1.0", "60100.00")
    assert world.balance(alder, "USD")[1] == Decimal("60220.20")
    world.match()
    assert world.balance(alder, "USD") == (Decimal("39880.00"), Decimal(0))
    assert world.balance(birch, "USD") == (Decimal("59940.00"), Decimal(0))
    assert world.balance(birch, "BTC") == (Decimal("2"), Decimal("0.5"))

    world.place(alder, "A-2", "BUY", "0.6", "59990.50")
    world.match()
    assert world.balance(alder, "USD")[1] == Decimal("36066.29")

    world.place(birch, "B-2", "SELL", "0.25", None)
    world.match()
    assert world.balance(alder, "USD") == (Decimal("24867.375"), Decimal("21038.675"))
    assert world.balance(birch, "USD") == (Decimal("74907.625"), Decimal(0))

    world.place(birch, "B-3", "SELL", "0.1002", "59990.00", time_in_force="IOC")
    world.match()
    assert world.balance(alder, "USD") == (Decimal("18850.3169"), Decimal("15015.5969"))
    assert world.balance(birch, "USD") == (Decimal("80906.6431"), Decimal(0))

    world.cancel(world.order(alder, "A-2").id)
    world.match()
    assert world.balance(alder, "USD") == (Decimal("18850.3169"), Decimal(0))
    cancelled = world.order(alder, "A-2")
    assert (cancelled.status, cancelled.done_reason) == ("CANCELLED", "CLIENT_REQUEST")
    assert (cancelled.filled_base, cancelled.lapsed_base) == (Decimal("0.3502"), Decimal("0.2498"))
    assert cancelled.fee_charged == Decimal("21.01")

    fees = LedgerAccount.objects.get(kind="FEES", label="BTC-USD")
    assert fees.balance == Decimal("243.04")
    for total in LedgerAccount.objects.values("asset").annotate(total=Sum("balance")):
        assert total["total"] == 0
    assert Trade.objects.count() == 3
    assert Entry.objects.count() == 5
    assert Posting.objects.count() == 2 + 3 * 4
    kinds = list(OrderEvent.objects.order_by("sequence").values_list("kind", flat=True))
    assert kinds == [
        "REFERENCE_SET", "ACCEPTED", "RESTED", "ACCEPTED", "TRADED", "TRADED", "ACCEPTED", "RESTED", "ACCEPTED", "TRADED",
        "TRADED", "ACCEPTED", "TRADED", "TRADED", "CANCELLED",
    ]  # fmt: skip
    assert list(OrderEvent.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 16))
