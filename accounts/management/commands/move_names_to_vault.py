"""`manage.py move_names_to_vault`: names of natural persons that an older version wrote into entities go to the vault.

Run once after the migration, as the owner; `prepare_house` does it. May be killed and run again. When none is left it has the
rule `person_entity_has_no_name_in_clear` hold for every row.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from accounts.models import Entity
from accounts.operations.move_name_to_vault import move_name_to_vault
from core import clock

FACT = "person_entity_has_no_name_in_clear"


class Command(BaseCommand):
    """Moves one name a transaction, then validates the rule."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Move, then have the rule hold."""
        if _is_validated():
            return
        named = Entity.objects.filter(kind=Entity.Kind.PERSON).exclude(legal_name="")
        moved = sum(
            move_name_to_vault(entity_id=entity_id, at=clock.now())
            for entity_id in list(named.order_by("id").values_list("id", flat=True))
        )
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE accounts_entity VALIDATE CONSTRAINT {FACT}")
        if options["verbosity"]:
            self.stdout.write(f"{moved} names moved to the vault")


def _is_validated() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT convalidated FROM pg_constraint WHERE conname = %s AND conrelid = 'accounts_entity'::regclass",
            [FACT],
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])
