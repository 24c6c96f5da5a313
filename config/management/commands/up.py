"""`manage.py up`: the whole of Countinghouse on this machine, until Ctrl-C."""

import contextlib
import os
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.embedded.errors import EmbeddedError
from config.embedded.identity import service_identity
from config.supervisor.launch import Launch
from config.supervisor.stack import Stack
from config.supervisor.state import StateLock, choose_state_dir

_FIRST_PORT = 8000
_DEMO_RATE = 8.0


class Command(BaseCommand):
    """Starts PostgreSQL, Valkey, web, workers, beat, relay and the demo flow, and keeps them running."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The port, and whether and how busily the demo world trades."""
        rate = float(os.environ.get("COUNTINGHOUSE_DEMO_RATE") or _DEMO_RATE)
        port = int(os.environ.get("PORT") or _FIRST_PORT)
        parser.add_argument("--port", type=int, default=port, help="the first port to try (PORT, else 8000)")
        parser.add_argument("--no-demo", action="store_true", help="no demo world and no simulated clients")
        parser.add_argument("--demo-rate", type=float, default=rate, help="orders a second (COUNTINGHOUSE_DEMO_RATE)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, run, stop. Ends with 0 after a signal, with 1 when a process had to be given up."""
        began = time.monotonic()
        try:
            identity = service_identity()
            state = choose_state_dir(identity)
            stack = Stack(state=state, servers=identity)
            lock = StateLock(state)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        rate = None if options["no_demo"] else options["demo_rate"]
        failure = Launch(stack=stack, lock=lock, began=began, first_port=options["port"], demo_rate=rate).run()
        lock.release()
        if failure:
            raise CommandError(failure)
        with contextlib.suppress(OSError):
            sys.stdout.write("Countinghouse has stopped; nothing is left running.\n")
