"""Take down somebody behind an entity's profiles."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import IdentityTerms
from accounts.models import Entity, Identity
from accounts.operations.keep_details import keep_details
from accounts.operations.note_identity import Deed, changed, note_identity
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor


def create_identity(*, entity_id: UUID, terms: IdentityTerms, actor: Actor, at: datetime) -> UUID:
    """Create a PENDING identity and answer its id; what it may do is decided later.

    Refuses an entity that is not there or is closed, a reference that the entity has used (409 ALREADY_EXISTS with the
    identity that has it), details that are none (DETAILS_INVALID), and a rating LOW by anybody but a person (403
    PERSON_NEEDED): a low risk is a judgement.
    """
    if terms.risk_rating == Identity.RiskRating.LOW and actor.kind != "PERSON":
        raise Refusal("PERSON_NEEDED", "Only a person rates a risk as low.", status=403)
    with transaction.atomic():
        entity = Entity.objects.select_for_update(no_key=True).filter(id=entity_id).first()
        if entity is None:
            raise NotFound("entity")
        if entity.status != Entity.Status.ACTIVE:
            raise Refusal("ENTITY_CLOSED", "The entity is closed.")
        existing = Identity.objects.filter(entity=entity, reference=terms.reference).first()
        if existing is not None:
            raise Refusal("ALREADY_EXISTS", "The reference is in use.", meta={"existing": str(existing.id)}, status=409)
        identity = Identity.objects.create(
            entity=entity,
            reference=terms.reference,
            kind=terms.kind,
            country=terms.country,
            risk_rating=terms.risk_rating,
            updated_at=at,
        )
        if terms.details:
            keep_details(subject_id=identity.subject_id, details=terms.details, at=at)
        note_identity(
            identity=identity,
            deed=Deed(
                verb="create",
                topic="created",
                changes=[
                    changed("reference", None, terms.reference),
                    changed("kind", None, terms.kind),
                    changed("country", None, terms.country),
                    changed("risk_rating", None, terms.risk_rating),
                    changed("details", None, sorted(terms.details)),
                ],
                payload={"kind": terms.kind, "status": identity.status},
            ),
            actor=actor,
            at=at,
        )
    return identity.id
