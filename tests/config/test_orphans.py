"""What a dead worker held goes back to its queue at once, and nobody else's does."""

import os
import signal
import subprocess
import sys
import time

import pytest
from celery import Celery
from django.conf import settings
from kombu import Connection

from config.embedded.linux import dying_with
from config.embedded.valkey import Valkey
from config.orphans import put_back_orphans
from tests.config.places import open_place

DYING_WORKER = """
import os, sys
from kombu import Connection
channel = Connection(sys.argv[1]).channel()
for name in ("match", "match", "default"):
    assert channel.basic_get(name, no_ack=False) is not None
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def valkey():
    with open_place() as place:
        valkey = Valkey(place / "state")
        valkey.prepare()
        process = subprocess.Popen(
            valkey.command(),
            stdout=subprocess.DEVNULL,
            preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            **valkey.identity.popen_arguments(),
        )
        deadline = time.monotonic() + 10
        while not valkey.is_ready():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield valkey
        process.terminate()
        process.wait(10)


def test_only_the_messages_of_the_starting_workers_queues_are_put_back(valkey):
    app = Celery("orphans", broker=valkey.broker_url(), set_as_current=False)
    app.conf.update(
        task_queues=settings.CELERY_TASK_QUEUES,
        task_default_exchange=settings.CELERY_TASK_DEFAULT_EXCHANGE,
        task_default_exchange_type="topic",
        broker_transport_options={"visibility_timeout": 3_600},
    )
    queues = app.amqp.queues
    with Connection(valkey.broker_url()) as connection:
        for name in ("match", "match", "default"):
            app.send_task("config.celery.canary", ["x"], queue=name, connection=connection)
        # Takes all three without acknowledging one, and is killed.
        dead = subprocess.run([sys.executable, "-c", DYING_WORKER, valkey.broker_url()], timeout=30)
        assert dead.returncode == -signal.SIGKILL
        assert queues["match"](connection.channel()).get(no_ack=True) is None

        assert put_back_orphans(app, {"match"}) == 2
        assert queues["match"](connection.channel()).get(no_ack=True) is not None
        assert queues["match"](connection.channel()).get(no_ack=True) is not None
        assert queues["default"](connection.channel()).get(no_ack=True) is None

        assert put_back_orphans(app, {"match"}) == 0
        assert put_back_orphans(app, {"default", "reports"}) == 1
        assert queues["default"](connection.channel()).get(no_ack=True) is not None


def test_other_brokers_put_back_by_themselves():
    app = Celery("memory", broker="memory://", set_as_current=False)
    assert put_back_orphans(app, {"match"}) == 0
