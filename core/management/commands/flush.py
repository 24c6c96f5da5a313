"""Empties the database of a test. Refused everywhere else: the record is append-only, and nobody flushes a house."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections
from psycopg import sql

from core.domain.chain import FIRST
from core.models import SealHead

# Written once, after the migrations, and the same ever after.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Command(DjangoFlush):
    help = __doc__

    def handle(self, **options: Any) -> None:
        using = options["database"]
        connection = connections[using]
        if settings.MODE != "test" or not str(connection.settings_dict["NAME"]).startswith("test_"):
            raise CommandError("only the database of a test is flushed")
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
        with connection.cursor() as cursor:
            # A test fills a few of the tables: only those are emptied, row by row, which takes a hundredth of truncating all.
            looks = [
                sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(table), sql.Identifier(table))
                for table in sorted(tables)
            ]
            cursor.execute(sql.SQL(" UNION ALL ").join(looks))
            filled = [row[0] for row in cursor.fetchall()]
            # As the owner, with the guards off: they would refuse DELETE, and rightly.
            cursor.execute("SET session_replication_role = replica")
            try:
                for table in filled:
                    cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
        SealHead.objects.using(using).create(id=1, leaf_hash=FIRST)
        # What migrations put into tables, a test finds there: a model that has such rows says which, in `seed`.
        for model in apps.get_models():
            seed = getattr(model, "seed", None)
            if seed is not None:
                seed()
