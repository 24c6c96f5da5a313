"""`manage.py verify_vault`: whether every personal detail still opens. Ends with 0: all; 1: not all; 2: not checked."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.queries.vault_check import check_vault
from core.domain.refusals import Refusal

DAMAGED, NOT_CHECKED = 1, 2


class Command(BaseCommand):
    """Reads everything, writes nothing, prints no value."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and say so."""
        try:
            verdict = check_vault()
        except Refusal as refusal:
            raise CommandError(f"could not be checked: {refusal}", returncode=NOT_CHECKED) from None
        for what in verdict.named:
            self.stdout.write(what)
        self.stdout.write(
            f"{verdict.subjects:,} subjects, {verdict.details:,} details, {verdict.erased:,} erased, {verdict.wrong:,} wrong"
        )
        if verdict.wrong:
            sys.exit(DAMAGED)
