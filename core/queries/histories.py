"""Whether rows and their history agree: the newest version of a row is the row, and a row without one never was."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from psycopg import sql

from core.history import RowHistory, columns_of
from core.invariants import Breach

BESIDE = """
SELECT t.{key}::text, CASE WHEN h.pgh_id IS NULL THEN 'no version of it is known'
    WHEN h.pgh_label = 'delete' THEN 'is there, though its history ends with its deletion'
    ELSE 'is not as its newest version, ' || h.pgh_id END
FROM {table} t
LEFT JOIN LATERAL (SELECT * FROM {history} v WHERE v.pgh_obj_id = t.{key} ORDER BY v.pgh_id DESC LIMIT 1) h ON true
WHERE h.pgh_id IS NULL OR h.pgh_label = 'delete' OR ({rows}) IS DISTINCT FROM ({versions})
UNION ALL
SELECT h.pgh_obj_id::text, 'is gone, and its newest version, ' || h.pgh_id || ', is no deletion'
FROM (SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, pgh_id, pgh_label FROM {history} ORDER BY pgh_obj_id, pgh_id DESC) h
WHERE h.pgh_label <> 'delete' AND NOT EXISTS (SELECT FROM {table} t WHERE t.{key} = h.pgh_obj_id)
"""


def histories() -> list[type[RowHistory]]:
    """The models of all histories."""
    return [model for model in apps.get_models() if issubclass(model, RowHistory)]


def find_rows_beside_their_history(_at: datetime) -> Iterator[Breach]:
    """Rows that were changed, made or deleted with the triggers off, and versions that were edited."""
    for history in histories():
        tracked: Any = history.pgh_tracked_model
        columns = columns_of(history)
        query = sql.SQL(BESIDE).format(
            table=sql.Identifier(tracked._meta.db_table),
            history=sql.Identifier(history._meta.db_table),
            key=sql.Identifier(tracked._meta.pk.column),
            rows=sql.SQL(", ").join([sql.Identifier("t", column) for column in columns]),
            versions=sql.SQL(", ").join([sql.Identifier("h", column) for column in columns]),
        )
        with connection.cursor() as cursor:
            cursor.execute(query)
            for key, what in cursor.fetchall():
                yield f"{tracked._meta.db_table} {key}", what
