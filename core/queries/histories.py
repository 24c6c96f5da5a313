"""The versions of a row, and whether rows and their history agree: the newest version is the row, and no row is without one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.apps import apps
from django.db import connection
from psycopg import sql

from core.domain.chain import instant_text
from core.domain.decimals import plain_text
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


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a version has otherwise than the one before it, as text; none is None."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a row: when, what was done (insert, update, delete, known), what changed, and by which act.

    ``act`` is what the audit entry of the transaction said (see ``core.history.RowHistory``); empty where there was none.
    """

    number: int
    at: datetime
    label: str
    changes: tuple[Change, ...]
    act: Mapping[str, Any]


MOST_VERSIONS = 50
# Every version has another one of these, and says nothing by it.
_COUNTERS = {"version", "created_at"}


def list_versions(tracked: Any, key: Any, *, most: int = MOST_VERSIONS) -> list[Version]:
    """The newest versions of the row ``key`` of the model ``tracked``, newest first. One statement."""
    history: Any = next(each for each in histories() if each.pgh_tracked_model is tracked)
    rows = list(history.objects.filter(pgh_obj_id=key).order_by("-pgh_id")[: most + 1])
    return [
        Version(row.pgh_id, row.pgh_created_at, row.pgh_label, _changes(row, before), row.pgh_context or {})
        for row, before in zip_longest(rows[:most], rows[1 : most + 1])
    ]


def _changes(row: Any, before: Any) -> tuple[Change, ...]:
    if before is None or row.pgh_label != "update":
        return ()
    fields = [field for field in row._meta.fields if not field.name.startswith("pgh_") and field.name not in _COUNTERS]
    pairs = ((field.name, getattr(before, field.attname), getattr(row, field.attname)) for field in fields)
    return tuple(Change(name, _said(old), _said(new)) for name, old, new in pairs if old != new)


def _said(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return plain_text(value)
    if isinstance(value, datetime):
        return instant_text(value.astimezone(UTC))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


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
