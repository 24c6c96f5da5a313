"""Messages get gapless places in their streams, each client's own."""

from uuid import UUID

import pytest

from core.clock import now
from core.models import OutboxMessage
from core.operations.seal_outbox import seal_outbox
from tests.world import World

pytestmark = pytest.mark.django_db


def stream_of(entity_id: UUID | None) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(entity_id=entity_id, sealed_at__isnull=False).order_by("stream_seq"))


def test_each_entity_has_a_gapless_stream_and_each_channel_names_its_message_before() -> None:
    world = World()
    alder, birch = world.client("Alder", USD="1.00"), world.client("Birch", USD="1.00")
    world.deposit(alder, "USD", "2.00")

    sealing = seal_outbox(at=now())

    assert sealing.entities == {alder.entity_id, birch.entity_id}
    for client in (alder, birch):
        stream = stream_of(client.entity_id)
        assert [message.stream_seq for message in stream] == list(range(1, len(stream) + 1))
        last_of: dict[str, int] = {}
        for message in stream:
            assert message.prev_seq == last_of.get(message.channel, 0)
            last_of[message.channel] = message.stream_seq
        assert {"IDENTITIES", "TRANSFERS", "BALANCES"} <= last_of.keys()
    first, second = [m for m in stream_of(alder.entity_id) if m.channel == "TRANSFERS"]
    assert (first.prev_seq, second.prev_seq) == (0, first.stream_seq)
    end = len(stream_of(alder.entity_id))
    world.deposit(alder, "USD", "3.00")
    assert [(m.seq, m.prev_seq) for m in seal_outbox(at=now()).messages] == [(end + 1, second.stream_seq)]
    assert not seal_outbox(at=now())
    assert not OutboxMessage.objects.filter(sealed_at__isnull=True).exists()


def test_the_firms_own_stream_tells_of_each_batch() -> None:
    world = World()
    client = world.client("Alder", USD="1000.00")
    world.place(client, "A", "BUY", "0.01", "50000.00")
    world.match()

    stream = [m for m in seal_outbox(at=now(), limit=10_000).messages if m.entity_id is None]

    assert [m.seq for m in stream] == list(range(1, len(stream) + 1))
    assert [m.topic for m in stream if m.channel == "MARKET"] == ["trading.market.batch_matched"]
