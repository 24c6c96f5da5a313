"""Seals the outbox as it fills and tells the desk; chains the record."""

import threading
from time import monotonic

from config.relay.desk import FEEDS_GROUP, Desk
from config.relay.loop import Listener, run_forever
from core.clock import now
from core.operations.seal_outbox import SealedMessage, Sealing, seal_outbox
from core.operations.seal_records import seal_records
from core.queries.streams import get_firm_seq
from trading.queries.telling import BATCH_MATCHED

OUTBOX_CHANNEL = "countinghouse_outbox"
SWEEP_SECONDS = 0.2
HEARTBEAT_SECONDS = 1.0
RECORDS_SECONDS = 1.0
# A doorbell names no more clients; beyond that it is for all.
MOST_NAMED = 500


class OutboxLoop:
    """On each doorbell, and at least every 200 ms: seal what waits, forward the firm's stream, beat once a second."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last_seq = -1
        self._next_beat = 0.0

    def turn(self, listener: Listener) -> None:
        if self._last_seq < 0:
            self._last_seq = get_firm_seq()
        for _ in listener.wait(SWEEP_SECONDS):
            pass
        while sealed := seal_outbox(at=now()):
            self._ring_feeds(sealed)
            for message in sealed.messages:
                if message.entity_id is None:
                    self._forward(message)
        if monotonic() >= self._next_beat:
            self._next_beat = monotonic() + HEARTBEAT_SECONDS
            self._desk.send({"type": "desk.heartbeat", "last_seq": self._last_seq})

    def _ring_feeds(self, sealed: Sealing) -> None:
        """One doorbell a sealing: in whose streams and in which markets there is something new. It carries no facts."""
        markets = {str(each.subject_id) for each in sealed.messages if each.topic == BATCH_MATCHED}
        is_for_all = len(sealed.entities) > MOST_NAMED
        entities = [] if is_for_all else [str(each) for each in sealed.entities]
        bell = {"type": "feeds.bell", "entities": entities, "is_for_all": is_for_all, "markets": sorted(markets)}
        self._desk.send(bell, FEEDS_GROUP)

    def _forward(self, message: SealedMessage) -> None:
        self._last_seq = message.seq
        self._desk.send(
            {
                "type": "desk.message",
                "seq": message.seq,
                "prev_seq": message.seq - 1,
                "topic": message.topic,
                "payload": message.payload,
            }
        )


def run_outbox(stop: threading.Event) -> None:
    loop = OutboxLoop(Desk())
    run_forever(name="outbox", channel=OUTBOX_CHANNEL, stop=stop, turn=loop.turn)


def run_records(stop: threading.Event) -> None:
    """Chain waiting records every second, more often while there are many."""

    def turn(_listener: Listener) -> None:
        if not seal_records(at=now()):
            stop.wait(RECORDS_SECONDS)

    run_forever(name="records", channel=OUTBOX_CHANNEL, stop=stop, turn=turn)
