"""Messages that a dead worker held, with Valkey as the broker.

RabbitMQ gives them to the next worker by itself. kombu's Redis transport keeps them aside until the
visibility time-out, an hour later. On the embedded stack each queue has one worker, so whatever is kept aside
for a starting worker's queues belongs to a dead one and is put back at once.
"""

import json
from typing import Any

import structlog
from celery import Celery

log = structlog.get_logger("countinghouse.orphans")
_MOST_AT_ONCE = 10_000


def put_back_orphans(app: Celery, queues: set[str]) -> int:
    """Put the kept-aside messages of these queues back into them. Returns how many; 0 with RabbitMQ."""
    if app.connection_for_write().transport.driver_type != "redis":
        return 0
    count = 0
    with app.connection_for_write() as connection:
        # kombu's own Redis channel: its names are in no stub.
        channel: Any = connection.default_channel
        with channel.conn_or_acquire() as client:
            for tag in client.zrange(channel.unacked_index_key, 0, _MOST_AT_ONCE - 1):
                kept = client.hget(channel.unacked_key, tag)
                if kept is None or json.loads(kept)[2] not in queues:
                    continue
                channel.qos.restore_by_tag(tag, client=client)
                count += 1
    if count:
        log.warning("put back what a dead worker held", messages=count, queues=sorted(queues))
    return count
