"""Empties the database of a test. Refused everywhere else: the record is append-only, and nobody flushes a house."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections

from core.domain.chain import FIRST
from core.models import SealHead


class Command(DjangoFlush):
    help = __doc__

    def handle(self, **options: Any) -> None:
        using = options["database"]
        connection = connections[using]
        if settings.MODE != "test" or not str(connection.settings_dict["NAME"]).startswith("test_"):
            raise CommandError("only the database of a test is flushed")
        with connection.cursor() as cursor:
            # As the owner, with the guards off: they would refuse TRUNCATE, and rightly.
            cursor.execute("SET session_replication_role = replica")
        try:
            super().handle(**options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = DEFAULT")
        SealHead.objects.using(using).create(id=1, leaf_hash=FIRST)
        # What migrations put into tables, a test finds there: a model that has such rows says which, in `seed`.
        for model in apps.get_models():
            seed = getattr(model, "seed", None)
            if seed is not None:
                seed()
