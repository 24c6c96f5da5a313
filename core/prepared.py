"""Statements that run a thousand times a second: parsed and planned once a connection, not once a call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.utils import CursorWrapper


class _PreparingCursor(psycopg.Cursor[Any]):
    """Prepares each statement the first time it sees it; parameters travel apart from it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_PreparingCursor":
        super().execute(query, params, **(options | {"prepare": True}))
        return self


@contextmanager
def prepared_cursor(*, using: str = "default") -> Iterator[CursorWrapper]:
    """A cursor of Django's connection, with its wrappers and its transaction, that prepares what it executes.

    For a statement whose text is always the same. Parameters keep their types: cast those whose place does not give them one.
    """
    connection = connections[using]
    connection.ensure_connection()
    if connection.connection.prepare_threshold is None:
        # Django's own cursors never prepare, whatever this says.
        connection.connection.prepare_threshold = 1
    fresh = connection._prepare_cursor(_PreparingCursor(connection.connection))  # type: ignore[attr-defined]
    with connection.wrap_database_errors, fresh as cursor:
        yield cursor
