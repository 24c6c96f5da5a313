"""What was written down of an identity: its audit entries and its messages, in order."""

from uuid import UUID

from core.models import AuditEntry, OutboxMessage


def verbs_of(identity_id: UUID) -> list[str]:
    """The last part of each audit entry's action."""
    rows = AuditEntry.objects.filter(object_type="accounts.identity", object_id=str(identity_id)).order_by("id")
    return [action.rpartition(".")[2] for action in rows.values_list("action", flat=True)]


def messages_of(identity_id: UUID, *, topic: str | None = None) -> list[OutboxMessage]:
    """The messages about it, or those of one topic (its last part)."""
    rows = OutboxMessage.objects.filter(subject_id=identity_id, channel="IDENTITIES").order_by("id")
    return [row for row in rows if topic is None or row.topic == f"accounts.identity.{topic}"]


def topics_of(identity_id: UUID) -> list[str]:
    """The last part of each message's topic."""
    return [row.topic.rpartition(".")[2] for row in messages_of(identity_id)]
