"""Audit entries as they are looked for, and the seal of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.queries.actors import find_actors
from core.domain.refusals import NotFound
from core.ids import first_id_at
from core.models import AuditEntry, SealedRecord

KIND = "AUDIT_ENTRY"
ACTIONS = """
WITH RECURSIVE known AS (
    (SELECT action FROM core_auditentry ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM core_auditentry WHERE action > known.action ORDER BY action LIMIT 1)
    FROM known WHERE known.action IS NOT NULL
)
SELECT action FROM known WHERE action IS NOT NULL LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; what is empty does not bind.

    ``action`` is ``app.noun.verb`` or its beginning (``trading.market``), ``actor`` an id, a kind, or a part of a name;
    ``thing`` the id of an object or its type; ``request`` the whole id of a request; ``day`` a day of recording, in UTC.
    """

    action: str = ""
    actor: str = ""
    thing: str = ""
    request: str = ""
    day: date | None = None

    @property
    def is_empty(self) -> bool:
        return self == AuditFilter()


def list_audit_entries(looked_for: AuditFilter) -> QuerySet[AuditEntry]:
    """The entries that are looked for, to be read by their key: ids rise with time."""
    entries = AuditEntry.objects.all()
    if looked_for.action:
        parts = looked_for.action.split(".")
        exact = len(parts) == 3 and all(parts)
        entries = entries.filter(**{"action" if exact else "action__startswith": looked_for.action})
    if looked_for.actor:
        entries = _of_actor(entries, looked_for.actor)
    if looked_for.thing:
        field = "object_type" if "." in looked_for.thing else "object_id"
        entries = entries.filter(**{field: looked_for.thing})
    if looked_for.request:
        entries = entries.filter(request_id=looked_for.request)
    if looked_for.day is not None:
        begin = datetime.combine(looked_for.day, time(), UTC)
        entries = entries.filter(pk__gte=first_id_at(begin), pk__lt=first_id_at(begin + timedelta(days=1)))
    return entries


def _of_actor(entries: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    if text in AuditEntry.ActorKind.values:
        return entries.filter(actor_kind=text)
    try:
        return entries.filter(actor_id=UUID(text))
    except ValueError:
        return entries.filter(actor_id__in=find_actors(text))


def list_actions() -> list[str]:
    """The actions that are on the record, in order: a step of the index for each, however many entries there are."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIONS)
        return [action for (action,) in cursor.fetchall()]


def get_audit_entry(*, entry_id: UUID) -> AuditEntry:
    """The entry. Refuses an unknown one with ``NotFound``."""
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("audit entry")
    return entry


def seals_of(entry_ids: Collection[UUID]) -> dict[UUID, int]:
    """Entry -> number of its seal; one that waits for it is left out. One statement."""
    return dict(
        SealedRecord.objects.filter(kind=KIND, object_id__in=list(entry_ids)).values_list("object_id", "seal_seq")
    )
