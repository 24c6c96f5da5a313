"""How an audit entry reads in its seal."""

from collections.abc import Sequence
from uuid import UUID

from core.domain.chain import instant_text
from core.models import AuditEntry
from core.sealing import Record


def audit_records(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Audit entries as they are sealed."""
    return {entry.pk: _audit_record(entry) for entry in AuditEntry.objects.filter(pk__in=ids)}


def _audit_record(entry: AuditEntry) -> Record:
    return {
        "id": str(entry.pk),
        "actor_id": _text(entry.actor_id),
        "actor_kind": entry.actor_kind,
        "on_behalf_of": _text(entry.on_behalf_of),
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "object_version": _text(entry.object_version),
        "changes": [{key: _text(value) for key, value in change.items()} for change in entry.changes],
        "reason": entry.reason,
        "approval_id": _text(entry.approval_id),
        "request_id": entry.request_id,
        "source_ip": _text(entry.source_ip),
        "event_at": instant_text(entry.event_at),
        "recorded_at": instant_text(entry.recorded_at),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
