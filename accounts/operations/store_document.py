"""Take in a document that an identity shows."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.document_kinds import document_mime
from accounts.gateways import document_store
from accounts.models import IdentityDocument
from accounts.models.identity_document import MOST_BYTES
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.queries.identities import get_identity
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """What the sender says it is, its bytes, and the last day on which it is valid, where it has one."""

    kind: str
    content: bytes = field(repr=False)
    expires_date: date | None = None


def store_document(*, identity_id: UUID, document: ShownDocument, actor: Actor, at: datetime) -> UUID:
    """Keep a document, encrypted under its subject's key, and answer its id; compliance decides on it.

    Refuses an identity that is not there, an empty document (DOCUMENT_EMPTY), one of more than 10 MiB (413
    DOCUMENT_TOO_LARGE), one that does not begin as a PDF, JPEG or PNG (415 MEDIA_TYPE_NOT_SUPPORTED), and one that the
    identity has shown before (409 ALREADY_EXISTS with the document that it is). The bytes are stored before the row: what
    fails afterwards leaves an encrypted file that no row names.
    """
    size = len(document.content)
    if not size:
        raise Refusal("DOCUMENT_EMPTY", "The document is empty.")
    if size > MOST_BYTES:
        raise Refusal("DOCUMENT_TOO_LARGE", f"A document has at most {MOST_BYTES} bytes.", status=413)
    mime = document_mime(document.content)
    if mime is None:
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "A document is a PDF, a JPEG or a PNG.", status=415)
    sha256 = hashlib.sha256(document.content).hexdigest()
    subject_id = get_identity(identity_id=identity_id).subject_id
    _refuse_shown(identity_id, sha256)
    # The disk is waited for before anything is locked.
    storage_key = document_store.put(subject_id, document.content)
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id)
        _refuse_shown(identity_id, sha256)
        identity.mark_changed(at=at)
        row = IdentityDocument.objects.create(
            identity=identity,
            kind=document.kind,
            sha256=sha256,
            mime=mime,
            size_bytes=size,
            storage_key=storage_key,
            expires_date=document.expires_date,
        )
        note_identity(
            identity=identity,
            deed=Deed(
                verb="store_document",
                topic="document_stored",
                changes=[
                    changed("documents", None, str(row.id)),
                    changed("kind", None, row.kind),
                    changed("sha256", None, sha256),
                ],
                payload={"document_id": str(row.id), "kind": row.kind, "verdict": row.verdict},
            ),
            actor=actor,
            at=at,
        )
    return row.id


def _refuse_shown(identity_id: UUID, sha256: str) -> None:
    existing = IdentityDocument.objects.filter(identity_id=identity_id, sha256=sha256).first()
    if existing is not None:
        raise Refusal("ALREADY_EXISTS", "It is here already.", meta={"existing": str(existing.id)}, status=409)
