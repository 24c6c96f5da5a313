"""Runs the relay: the one publisher of the house besides beat."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.relay.ring import run_ring
from config.relay.seal import run_outbox, run_records

STOP_SECONDS = 10


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        stop, failed = threading.Event(), []

        def guarded(loop: Any) -> None:
            try:
                loop(stop)
            except Exception as error:
                # Already logged with its traceback; the process ends with a status that says so.
                failed.append(error)
                stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threads = [threading.Thread(target=guarded, args=(loop,)) for loop in (run_outbox, run_ring, run_records)]
        for thread in threads:
            thread.start()
        self.stdout.write("relay: sealing and ringing")
        while not stop.wait(1):
            pass
        for thread in threads:
            thread.join(STOP_SECONDS)
        if failed:
            raise CommandError(f"a loop of the relay failed: {failed[0]}")
