"""Gives the application's role its rights: reading, inserting, and updating what has a state. Run as the owner after migrate."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from psycopg import sql

# Tables of Django and of the sign-in library that it has to delete from: factors are taken away, permissions of groups change.
DJANGO_APPS = {"admin", "auth", "contenttypes", "account", "mfa"}

# Triggers made by django-pgtrigger ask this function whether the session wants to go without them. Here nobody may.
NOBODY_IGNORES_TRIGGERS = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default="cth_app", help="the role that the application connects as")

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [options["role"]])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION core_make_parts(timestamptz) TO {}").format(role))
            cursor.execute(NOBODY_IGNORES_TRIGGERS)
            for table, rights in rights_by_table().items():
                cursor.execute(
                    sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(", ".join(rights)), sql.Identifier(table), role)
                )


def rights_by_table() -> dict[str, list[str]]:
    """Table -> rights beyond SELECT. Append-only tables get INSERT alone; queues and Django's own tables also DELETE."""
    rights: dict[str, list[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        if getattr(model, "is_append_only", False):
            rights[model._meta.db_table] = ["INSERT"]
        elif getattr(model, "is_queue", False) or model._meta.app_label in DJANGO_APPS:
            rights[model._meta.db_table] = ["INSERT", "UPDATE", "DELETE"]
        else:
            rights[model._meta.db_table] = ["INSERT", "UPDATE"]
    return rights
