"""Refuse to take work while a pin has another value: print each difference and end with status 78."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.checks import run_checks
from django.db import OperationalError, connection

from config.celery import app
from config.checks import TAG
from config.live_pins import LivePin, ask_broker, ask_postgres

EXIT_CONFIGURATION = 78
_SERVER_WAIT_S = 10.0
# Orders are taken while the broker is away, so those who take them do not ask for it either.
_WITHOUT_BROKER = {"web", "realtime"}


def differences() -> list[str]:
    """Every pin that does not hold, as a line for a person."""
    lines = [f"{message.id}: {message.msg} {message.hint or ''}".rstrip() for message in run_checks(tags=[TAG])]
    lines += [
        f"{pin.server} {pin.setting} is {pin.found}, wanted {' or '.join(pin.wanted)}: {pin.reason}."
        for pin in live_pins(with_broker=settings.PROCESS not in _WITHOUT_BROKER)
        if not pin.holds()
    ]
    return lines


def live_pins(*, with_broker: bool) -> list[LivePin]:
    """What the database and the broker say about themselves. A database that just starts is waited for."""
    deadline = time.monotonic() + _SERVER_WAIT_S
    while True:
        try:
            return [*ask_postgres(), *(ask_broker(app) if with_broker else [])]
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def refuse_other_pins() -> None:
    """Return when every pin holds; otherwise say which do not and end the process with status 78."""
    # In a thread of its own: a server may load us inside its event loop, where Django's database is closed to us.
    with ThreadPoolExecutor(max_workers=1) as thread:
        lines = thread.submit(_differences_once).result()
    if not lines:
        return
    for line in lines:
        print(f"refused to start: {line}", file=sys.stderr, flush=True)  # noqa: T201
    raise SystemExit(EXIT_CONFIGURATION)


def _differences_once() -> list[str]:
    try:
        return differences()
    finally:
        connection.close()
