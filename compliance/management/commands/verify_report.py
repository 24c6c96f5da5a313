"""manage.py verify_report RUN: make a ready run again and compare it with what is kept."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.gateways.installed import installed_keys, installed_store
from compliance.operations.verify_report import verify_report
from core.clock import now
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM


class Command(BaseCommand):
    """Prints `same`, or where and how the run differs; ends with 1 unless it is the same."""

    help = "Make a ready report run again and compare it, byte by byte, with the files that are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """The run."""
        parser.add_argument("run", type=UUID, help="the id of the run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and say so."""
        try:
            found = verify_report(
                run_id=options["run"], actor=SYSTEM, store=installed_store(), keys=installed_keys(), at=now()
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        place = f" {found.file}" if found.file else ""
        if found.byte is not None:
            place += f" byte {found.byte}, row {found.row}"
        line = f"{found.result.lower()}{place}{': ' + found.detail if found.detail else ''}"
        if found.result != "SAME":
            raise CommandError(line)
        self.stdout.write(line)
