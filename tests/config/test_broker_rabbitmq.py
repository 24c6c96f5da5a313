"""With RabbitMQ as in production: confirmed publishing, quorum queues, and no task lost with its worker."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.test import override_settings
from kombu import Connection, Exchange, Queue

from config.embedded.linux import dying_with
from config.live_pins import ask_broker
from tests.config.places import processes_naming
from tests.config.rabbitmq import running_rabbitmq

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def broker_url():
    with running_rabbitmq() as url:
        yield url


@pytest.fixture
def env(broker_url):
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}"
    return dict(os.environ, CELERY_BROKER_URL=broker_url, DATABASE_URL=url, COUNTINGHOUSE_PROCESS="worker")


def publish(env, task: str, *arguments: str) -> None:
    program = (
        "import sys, django; django.setup(); from config.celery import app; "
        "assert app.conf.broker_transport_options['confirm_publish'] is True; "
        "app.send_task(sys.argv[1], sys.argv[2:])"
    )
    env = dict(env, DJANGO_SETTINGS_MODULE="config.settings")
    subprocess.run([sys.executable, "-c", program, task, *arguments], cwd=ROOT, env=env, check=True, timeout=60)


def start_worker(env, log: Path) -> "subprocess.Popen[bytes]":
    words = [
        "-m",
        "celery",
        "-A",
        "tests.config.slow_task",
        "-q",
        "worker",
        "-Q",
        "default",
        "-c",
        "1",
        "-P",
        "prefork",
    ]
    words += ["-n", f"test-{time.monotonic_ns()}@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=env, stdout=log.open("ab"), stderr=subprocess.STDOUT,
        start_new_session=True, preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
    )  # fmt: skip


def wait_for(holds, log: Path, limit_s: float = 40.0) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
        time.sleep(0.05)


def test_a_task_survives_its_worker(env, tmp_path):
    log = tmp_path / "worker.log"
    publish(env, "config.celery.canary", "first-light")
    publish(env, "tests.config.slow", str(tmp_path))
    first = start_worker(env, log)
    try:
        wait_for(lambda: "first-light" in log.read_text(), log)
        wait_for(lambda: list(tmp_path.glob("begun-*")), log)
    finally:
        first.kill()
        first.wait()
    assert not list(tmp_path.glob("done-*"))
    pool_child = int(next(tmp_path.glob("begun-*")).name.removeprefix("begun-"))
    wait_for(lambda: not any(line.startswith(f"{pool_child} ") for line in processes_naming("slow_task")), log, 5)
    (tmp_path / "go").touch()
    second = start_worker(env, log)
    try:
        wait_for(lambda: list(tmp_path.glob("done-*")), log)
        assert len(list(tmp_path.glob("begun-*"))) == 2
    finally:
        second.terminate()
        assert second.wait(30) == 0


def test_a_queue_with_other_arguments_is_seen(broker_url):
    app = Celery("pins", broker=broker_url, set_as_current=False)
    reports = next(queue for queue in settings.CELERY_TASK_QUEUES if queue.name == "reports")
    app.conf.update(task_queues=[reports])
    with override_settings(CELERY_BROKER_URL=broker_url):
        assert [(pin.setting, pin.found) for pin in ask_broker(app)] == [
            ("queue dead", "as declared"),
            ("queue reports", "as declared"),
        ]
        with Connection(broker_url) as broker:
            classic = Queue("classic", Exchange("countinghouse", type="topic"), routing_key="classic", durable=True)
            classic(broker.channel()).declare()
        other = Queue("classic", reports.exchange, routing_key="classic", queue_arguments=reports.queue_arguments)
        app = Celery("pins", broker=broker_url, set_as_current=False)
        app.conf.update(task_queues=[other])
        found = {pin.setting: pin for pin in ask_broker(app)}["queue classic"]
    assert not found.holds()
    assert "PRECONDITION_FAILED" in found.found
