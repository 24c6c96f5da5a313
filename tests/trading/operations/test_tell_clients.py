"""What a batch means for each client: written when its message is sealed, once, in order, on the client's own stream."""

from decimal import Decimal
from typing import Any

import pytest

from core.clock import now
from core.models import OutboxMessage, StreamHead
from core.operations import seal_outbox as sealing
from core.operations.publish_message import publish_message
from core.operations.seal_outbox import seal_outbox
from settlement.models import LedgerAccount
from tests.world import Client, World
from trading.contracts import OrderChange
from trading.models import OrderEvent, Trade
from trading.operations.amend_order import amend_order
from trading.queries import telling

pytestmark = pytest.mark.django_db


def seal_all() -> None:
    while seal_outbox(at=now()):
        pass


def told(client: Client, *channels: str) -> list[OutboxMessage]:
    rows = OutboxMessage.objects.filter(entity_id=client.entity_id).order_by("stream_seq")
    return list(rows.filter(channel__in=channels) if channels else rows)


def topics(client: Client, channel: str) -> list[str]:
    return [message.topic.rpartition(".")[2] for message in told(client, channel)]


def last_balances(client: Client) -> dict[str, dict[str, Any]]:
    return {message.payload["asset"]: message.payload for message in told(client, "BALANCES")}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pair(world: World) -> tuple[Client, Client]:
    """A seller and a buyer, of whom everything so far has been told."""
    clients = world.client("Birch", BTC="1"), world.client("Alder", USD="100000.00")
    seal_all()
    return clients


def test_a_fill_tells_both_sides_of_their_own_order_and_execution(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.place(buyer, "B", "BUY", "0.2", "60000.00")
    world.match()
    seal_all()

    assert topics(seller, "ORDERS") == ["accepted", "rested", "traded"]
    assert topics(buyer, "ORDERS") == ["accepted", "traded"]
    sold, bought = told(seller, "ORDERS")[-1].payload, told(buyer, "ORDERS")[-1].payload
    trade = Trade.objects.get()
    assert sold | {"event_at": ""} == {
        "order_id": str(trade.sell_order_id), "client_order_id": "S", "profile_id": str(seller.profile_id),
        "market": "BTC-USD", "side": "SELL", "type": "LIMIT", "status": "OPEN", "price": "60000.00",
        "base_amount": "0.50000000", "filled_base_amount": "0.20000000", "remaining_base_amount": "0.30000000",
        "sequence": trade.sequence, "event_at": "", "trade_id": str(trade.id), "last_price": "60000.00",
        "last_base_amount": "0.20000000", "fee_amount": "12.000000",
    }  # fmt: skip
    assert (bought["status"], bought["remaining_base_amount"], bought["fee_amount"]) == (
        "FILLED",
        "0.00000000",
        "24.000000",
    )
    [execution] = told(buyer, "EXECUTIONS")
    assert (execution.topic, execution.subject_id) == ("trading.execution.traded", trade.id)
    assert execution.payload | {"traded_at": ""} == {
        "id": f"{trade.id}:BUY", "trade_id": str(trade.id), "order_id": str(trade.buy_order_id), "client_order_id": "B",
        "profile_id": str(buyer.profile_id), "market": "BTC-USD", "side": "BUY", "price": "60000.00",
        "base_amount": "0.20000000", "quote_amount": "12000.000000", "fee_amount": "24.000000", "fee_asset": "USD",
        "liquidity": "TAKER", "sequence": trade.sequence, "status": "SETTLED", "corrects_id": None,
        "settlement_date": trade.settlement_date.isoformat(), "traded_at": "",
    }  # fmt: skip


def test_nobody_is_told_of_anothers_order(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.place(buyer, "B", "BUY", "0.2", "60000.00")
    world.match()
    seal_all()

    for client, other in ((seller, buyer), (buyer, seller)):
        text = str([message.payload for message in told(client)])
        assert str(client.profile_id) in text
        assert str(other.profile_id) not in text


def test_each_event_of_an_order_is_told_once_in_the_order_of_the_market(
    world: World, pair: tuple[Client, Client]
) -> None:
    seller, buyer = pair
    for number in range(3):
        placed = world.place(seller, f"S{number}", "SELL", "0.1", "60000.00")
        world.place(buyer, f"B{number}", "BUY", "0.05", "60000.00")
        world.match()
        world.cancel(placed.order.id)
        world.match()
    seal_all()
    seal_all()

    for client in pair:
        events = OrderEvent.objects.filter(order__profile_id=client.profile_id).order_by("sequence")
        assert [m.payload["sequence"] for m in told(client, "ORDERS")] == [each.sequence for each in events]
    assert len(told(seller, "EXECUTIONS")) == len(told(buyer, "EXECUTIONS")) == Trade.objects.count() == 3


def test_a_stream_stays_gapless_whatever_is_told_on_it(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.match()
    world.deposit(buyer, "USD", "5.00")
    world.place(buyer, "B", "BUY", "0.2", "60000.00")
    world.match()
    world.deposit(buyer, "USD", "6.00")
    seal_all()

    for client in pair:
        stream = told(client)
        assert [message.stream_seq for message in stream] == list(range(1, len(stream) + 1))
        last_of: dict[str, int] = {}
        for message in stream:
            assert message.prev_seq == last_of.get(message.channel, 0), message.topic
            last_of[message.channel] = message.stream_seq
        heads = dict(StreamHead.objects.filter(entity_id=client.entity_id).values_list("channel", "last_seq"))
        assert heads == last_of | {"ALL": len(stream)}
    # What was written first is told first: the deposit before the order that came after it.
    moves = [m.topic for m in told(buyer, "TRANSFERS", "ORDERS")][-4:]
    assert moves == [
        "settlement.deposit.credited", "trading.order.accepted", "trading.order.traded", "settlement.deposit.credited",
    ]  # fmt: skip


def test_a_balance_is_told_once_a_sealing_as_it_stands_then(world: World, pair: tuple[Client, Client]) -> None:
    seller, buyer = pair
    before = len(told(buyer, "BALANCES"))
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    for number in range(4):
        world.place(buyer, f"B{number}", "BUY", "0.1", "60000.00")
        world.match()
    seal_all()

    assert len(told(buyer, "BALANCES")) == before + 2
    balances = last_balances(buyer)
    assert balances["BTC"] == {
        "profile_id": str(buyer.profile_id), "asset": "BTC", "balance": "0.40000000", "held": "0.00000000",
        "available": "0.40000000",
    }  # fmt: skip
    account = LedgerAccount.objects.get(profile_id=buyer.profile_id, asset=world.usd)
    assert Decimal(balances["USD"]["balance"]) == account.balance == Decimal("75952.00")


def test_what_a_resting_order_holds_is_told_and_what_its_end_frees(world: World, pair: tuple[Client, Client]) -> None:
    _, buyer = pair
    placed = world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.match()
    seal_all()
    assert (last_balances(buyer)["USD"]["held"], last_balances(buyer)["USD"]["available"]) == (
        "5010.000000",
        "94990.000000",
    )

    world.cancel(placed.order.id)
    world.match()
    seal_all()

    assert last_balances(buyer)["USD"]["held"] == "0.000000"
    assert told(buyer, "ORDERS")[-1].payload["reason"] == "CLIENT_REQUEST"


def test_a_batch_of_many_events_is_told_in_pieces_and_whole(
    world: World, pair: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_EVENTS", 7)
    monkeypatch.setattr(sealing, "MOST_TOLD", 5)
    seller, buyer = pair
    for number in range(10):
        world.place(seller, f"S{number}", "SELL", "0.01", "60000.00")
    world.match()
    for number in range(10):
        world.place(buyer, f"B{number}", "BUY", "0.01", "60000.00")
        world.match()
    seal_all()

    events = OrderEvent.objects.filter(order__isnull=False).count()
    assert len(told(seller, "ORDERS")) + len(told(buyer, "ORDERS")) == events
    for client in pair:
        stream = told(client)
        assert [message.stream_seq for message in stream] == list(range(1, len(stream) + 1))


def test_a_sealing_that_fails_tells_nothing_and_the_next_one_all(
    world: World, pair: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, _ = pair
    world.place(seller, "S", "SELL", "0.5", "60000.00")
    world.match()
    before = len(told(seller))
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "TELL", f"{sealing.TELL} WHERE 1 / 0 = 0")
        with pytest.raises(Exception, match="division by zero"):
            seal_outbox(at=now())
    assert len(told(seller)) == before
    assert OutboxMessage.objects.filter(sealed_at__isnull=True, topic="trading.market.batch_matched").count() == 1

    seal_all()

    assert topics(seller, "ORDERS") == ["accepted", "rested"]


def test_a_quote_that_is_executed_tells_both_balances(world: World, pair: tuple[Client, Client]) -> None:
    _, buyer = pair
    world.deposit(buyer, "BTC", "1")
    seal_all()
    before = len(told(buyer, "BALANCES"))
    publish_message(
        topic="trading.quote.executed",
        channel="EXECUTIONS",
        entity_id=buyer.entity_id,
        subject_type="trading.quote_execution",
        subject_id=buyer.profile_id,
        payload={"profile_id": str(buyer.profile_id), "market": "BTC-USD"},
    )
    seal_all()

    assert sorted(message.payload["asset"] for message in told(buyer, "BALANCES")[before:]) == ["BTC", "USD"]


def test_an_amend_and_what_it_holds_are_told(world: World, pair: tuple[Client, Client]) -> None:
    _, buyer = pair
    placed = world.place(buyer, "B", "BUY", "0.1", "50000.00")
    world.match()
    amend_order(
        order_id=placed.order.id,
        change=OrderChange(limit_price=Decimal("51000.00")),
        credential_id=buyer.credential.credential_id,
        version=None,
        at=world.at,
    )
    world.match()
    seal_all()

    amended = next(message.payload for message in told(buyer, "ORDERS") if message.topic == "trading.order.amended")
    assert (amended["price"], amended["status"], amended["remaining_base_amount"]) == ("51000.00", "OPEN", "0.10000000")
    assert last_balances(buyer)["USD"]["held"] == "5110.200000"
