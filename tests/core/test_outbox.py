"""Messages get gapless places in their streams, each client's own."""

import pytest

from core.clock import now
from core.models import OutboxMessage
from core.operations.seal_outbox import seal_outbox
from tests.world import World

pytestmark = pytest.mark.django_db


def test_each_entity_has_a_gapless_stream_and_each_channel_names_its_message_before() -> None:
    world = World()
    alder, birch = world.client("Alder", USD="1.00"), world.client("Birch", USD="1.00")
    world.deposit(alder, "USD", "2.00")

    sealed = seal_outbox(at=now())

    for client in (alder, birch):
        stream = [message for message in sealed if message.entity_id == client.entity_id]
        assert [message.seq for message in stream] == list(range(1, len(stream) + 1))
        last_of: dict[str, int] = {}
        for message in stream:
            assert message.prev_seq == last_of.get(message.channel, 0)
            last_of[message.channel] = message.seq
        assert {"IDENTITIES", "TRANSFERS"} <= last_of.keys()
    first, second = [m for m in sealed if m.entity_id == alder.entity_id and m.channel == "TRANSFERS"]
    assert (first.prev_seq, second.prev_seq) == (0, first.seq)
    world.deposit(alder, "USD", "3.00")
    assert [(m.seq, m.prev_seq) for m in seal_outbox(at=now())] == [(second.seq + 1, second.seq)]
    assert seal_outbox(at=now()) == []
    assert not OutboxMessage.objects.filter(sealed_at__isnull=True).exists()


def test_the_firms_own_stream_tells_of_each_batch() -> None:
    world = World()
    client = world.client("Alder", USD="1000.00")
    world.place(client, "A", "BUY", "0.01", "50000.00")
    world.match()

    stream = [m for m in seal_outbox(at=now(), limit=10_000) if m.entity_id is None]

    assert [m.seq for m in stream] == list(range(1, len(stream) + 1))
    assert [m.topic for m in stream if m.channel == "MARKET"] == ["trading.market.batch_matched"]
