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

    sealed = [message for message in seal_outbox(at=now()) if message.channel == "TRANSFERS"]

    assert [(m.seq, m.prev_seq) for m in sealed if m.entity_id == alder.entity_id] == [(1, 0), (2, 1)]
    assert [(m.seq, m.prev_seq) for m in sealed if m.entity_id == birch.entity_id] == [(1, 0)]
    world.deposit(alder, "USD", "3.00")
    assert [(m.seq, m.prev_seq) for m in seal_outbox(at=now())] == [(3, 2)]
    assert seal_outbox(at=now()) == []
    assert not OutboxMessage.objects.filter(sealed_at__isnull=True).exists()


def test_the_firms_own_stream_tells_of_each_batch() -> None:
    world = World()
    client = world.client("Alder", USD="1000.00")
    world.place(client, "A", "BUY", "0.01", "50000.00")
    world.match()

    (message,) = [m for m in seal_outbox(at=now()) if m.entity_id is None]

    assert (message.topic, message.seq) == ("trading.market.batch_matched", 1)
