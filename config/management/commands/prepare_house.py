"""`manage.py prepare_house`: bring the databases to this version, grant the rights, create the demo world if wanted.

One process for the three, because starting Python is most of the work. Runs as the database's owner.
"""

import gc
import os
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from config.supervisor.gate import wait_at_gate


class Command(BaseCommand):
    """Migrates, grants and, with --demo, creates the demo world."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The demo world is made only when asked for."""
        parser.add_argument("--demo", action="store_true", help="create the demo world unless it is there")
        parser.add_argument("--opens", type=int, help="the number of a pipe to close when the tables are there")
        parser.add_argument("--gate", type=int, help="the number of a pipe: begin when its other end is closed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the three in order."""
        wait_at_gate(options["gate"])
        # Migrations draw each model many times over: looked through as seldom as this, the rubbish costs 50 MB and not a second.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("grant_rights", verbosity=0)
        call_command("prepare_keys", verbosity=0)
        call_command("move_names_to_vault", verbosity=0)
        if options["opens"] is not None:
            os.close(options["opens"])
        if options["demo"] and "demo" in get_commands():
            call_command("demo", verbosity=0)
