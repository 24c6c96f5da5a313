"""Say whether a document is taken for what it claims to be."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.identity_reasons import DOCUMENT_REASONS
from accounts.domain.identity_states import can_decide_document
from accounts.models import IdentityDocument
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor


@dataclass(frozen=True, slots=True)
class DocumentVerdict:
    """ACCEPTED or REFUSED, the code that explains it, and the last day on which the document is valid, as it says."""

    verdict: str
    reason_code: str
    expires_date: date | None = None


def decide_document(*, document_id: UUID, verdict: DocumentVerdict, actor: Actor, at: datetime) -> IdentityDocument:
    """Accept or refuse a document; an accepted one may be refused later, and a refusal stands. The same verdict again is
    the one that is there.

    Refuses a document that is not there, a move that there is not (409 STATE_CHANGED), a reason that does not explain it
    (REASON_NOT_ALLOWED), accepting one that has expired (DOCUMENT_EXPIRED), and everybody but a person (403
    PERSON_NEEDED).
    """
    if actor.kind != "PERSON":
        raise Refusal("PERSON_NEEDED", "A person of compliance decides this.", status=403)
    found = IdentityDocument.objects.filter(id=document_id).values_list("identity_id", flat=True).first()
    if found is None:
        raise NotFound("document")
    with transaction.atomic():
        identity = lock_identity(identity_id=found)
        document = IdentityDocument.objects.get(id=document_id)
        if (document.verdict, document.reason_code) == (verdict.verdict, verdict.reason_code):
            return document
        _check(document, verdict, today=at.date())
        before = document.verdict
        document.mark_decided(
            verdict=verdict.verdict,
            reason_code=verdict.reason_code,
            expires_date=verdict.expires_date or document.expires_date,
            at=at,
        )
        identity.mark_changed(at=at)
        note_identity(
            identity=identity,
            deed=Deed(
                verb="decide_document",
                topic="document_decided",
                changes=[changed(f"documents.{document.id}", before, verdict.verdict)],
                payload={
                    "document_id": str(document.id),
                    "kind": document.kind,
                    "verdict": verdict.verdict,
                    "reason_code": verdict.reason_code,
                },
                reason=verdict.reason_code,
            ),
            actor=actor,
            at=at,
        )
    return document


def _check(document: IdentityDocument, verdict: DocumentVerdict, *, today: date) -> None:
    if not can_decide_document(document.verdict, verdict.verdict):
        raise Refusal(
            "STATE_CHANGED",
            f"A document that is {document.verdict} does not become {verdict.verdict}.",
            meta={"from": document.verdict, "to": verdict.verdict},
            status=409,
        )
    allowed = DOCUMENT_REASONS[verdict.verdict]
    if verdict.reason_code not in allowed:
        raise Refusal(
            "REASON_NOT_ALLOWED",
            f"{verdict.reason_code} does not explain {verdict.verdict}.",
            meta={"allowed": sorted(allowed)},
        )
    expires = verdict.expires_date or document.expires_date
    if verdict.verdict == IdentityDocument.Verdict.ACCEPTED and expires is not None and expires < today:
        raise Refusal("DOCUMENT_EXPIRED", "The document was valid until an earlier day.")
