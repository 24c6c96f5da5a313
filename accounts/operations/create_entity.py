"""Take on a legal person within an organisation."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import EntityTerms
from accounts.models import Entity, Organisation
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit


def create_entity(*, organisation_id: UUID, terms: EntityTerms, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """Create an ACTIVE entity and return its id.

    Refuses an organisation that is not there or is closed, a reference that the organisation has used
    (ALREADY_EXISTS, with the entity that has it), an institution without its legal name (NAME_MISSING), and a
    natural person's name (NAME_IS_PERSONAL): that is a detail of its identity and goes to the vault.
    """
    if terms.kind == Entity.Kind.PERSON and terms.legal_name:
        raise Refusal("NAME_IS_PERSONAL", "A person's name is a detail of its identity.")
    if terms.kind == Entity.Kind.INSTITUTION and not terms.legal_name.strip():
        raise Refusal("NAME_MISSING", "An institution has a legal name.")
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update(no_key=True).filter(id=organisation_id).first()
        if organisation is None:
            raise NotFound("organisation")
        if organisation.status != Organisation.Status.ACTIVE:
            raise Refusal("ORGANISATION_CLOSED", "The organisation is closed.")
        existing = Entity.objects.filter(organisation=organisation, reference=terms.reference).first()
        if existing is not None:
            raise Refusal("ALREADY_EXISTS", "The reference is in use.", meta={"existing": str(existing.id)}, status=409)
        entity = Entity.objects.create(
            organisation=organisation,
            legal_name=terms.legal_name,
            kind=terms.kind,
            reference=terms.reference,
            country=terms.country,
            lei=terms.lei,
            updated_at=at,
        )
        record_audit(
            actor=actor,
            action="accounts.entity.create",
            object_type="accounts.entity",
            object_id=entity.id,
            object_version=entity.version,
            at=at,
            changes=[
                {"field": name, "before": None, "after": after}
                for name, after in asdict(terms).items()
                if after is not None
            ],
        )
    return entity.id
