"""The Celery app. Its settings are the CELERY_ ones of config/settings.py, held by config/checks.py."""

import os
import socket
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("countinghouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(name="config.celery.canary")
def canary(token: str) -> None:
    """Show that a queue's worker works: log the token and end."""
    import structlog

    structlog.get_logger("countinghouse.canary").info("canary", said=token, host=socket.gethostname(), pid=os.getpid())


@signals.worker_init.connect
def _before_taking_work(**_: Any) -> None:
    """Refuse to work with other pins, then put back what a dead worker of the same queues held."""
    from config.orphans import put_back_orphans
    from config.refusing import refuse_other_pins

    refuse_other_pins()
    put_back_orphans(app, set(app.amqp.queues.consume_from))


@signals.worker_process_init.connect
def _die_with_the_worker(**_: Any) -> None:
    """A pool child must not outlive its worker, whatever kills that one."""
    import signal

    from config.embedded.linux import die_with_parent

    die_with_parent(signal.SIGKILL)


@signals.beat_init.connect
def _before_beating(**_: Any) -> None:
    from config.refusing import refuse_other_pins

    refuse_other_pins()
