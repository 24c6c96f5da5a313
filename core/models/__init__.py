from core.models.audit_entry import AuditEntry
from core.models.idempotent_request import IdempotentRequest
from core.models.outbox_message import OutboxMessage
from core.models.sealed_record import SealedRecord, SealHead, Unsealed
from core.models.stream_head import StreamHead

__all__ = [
    "AuditEntry",
    "IdempotentRequest",
    "OutboxMessage",
    "SealHead",
    "SealedRecord",
    "StreamHead",
    "Unsealed",
]
