"""`manage.py prepare_house`: bring the database to this version, grant the rights, create the demo world if wanted.

One process for the three, because starting Python is most of the work. Runs as the database's owner.
"""

import time
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection

_DATABASE_WAIT_S = 60.0


class Command(BaseCommand):
    """Waits for the database, then migrates, grants and, with --demo, creates the demo world."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The demo world is made only when asked for."""
        parser.add_argument("--demo", action="store_true", help="create the demo world unless it is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the three in order."""
        self._wait_for_the_database()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("grant_rights", verbosity=0)
        if options["demo"] and "demo" in get_commands():
            call_command("demo", verbosity=0)

    def _wait_for_the_database(self) -> None:
        deadline = time.monotonic() + _DATABASE_WAIT_S
        while True:
            try:
                connection.ensure_connection()
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
