"""How the tests go around Python: statements of the owner or the application, and the name of the fact that refuses them."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.ids import new_id

COLUMNS = """
SELECT a.attname, a.atttypid = 'uuid'::regtype FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def clone(table: str, *, where: str = "true", **changes: str) -> str:
    """An INSERT of one of the table's rows again, under a new id, with columns changed to SQL expressions."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        columns = dict(cursor.fetchall())
    values = {name: name for name in columns}
    if "id" in columns:
        if columns["id"]:
            values["id"] = f"'{new_id()}'"
        else:
            del values["id"]
    values |= changes
    return f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {table} WHERE {where} LIMIT 1"


def refusing_fact(statement: str, *, role: str = "cth_owner") -> str:
    """Run ``statement``; answers the name of the fact that refused it. A statement that is taken fails the test."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)
        assert cursor.rowcount, f"touches no row: {statement}"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cause: Any = caught.value.__cause__
    name = cause.diag.constraint_name
    # A unique index of one part carries the part's suffix.
    return re.sub(r"_\d{4}(\d\d)?$", "", name) if name else f"{cause.sqlstate} {cause.diag.message_primary}"
