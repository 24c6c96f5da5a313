"""Take a natural person's name out of its entity, where an older version of the house wrote it, into the vault."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Entity, Identity
from accounts.operations.keep_details import keep_details
from accounts.operations.note_identity import Deed, changed, note_identity
from core.operations.record_audit import SYSTEM, record_audit


def move_name_to_vault(*, entity_id: UUID, at: datetime) -> bool:
    """Keep the name as a detail of the entity's own identity, made PENDING where there is none, and empty it. Whether there
    was one. Refuses with 503 UNAVAILABLE while the database of keys is away: the name then stays where it is.
    """
    with transaction.atomic(durable=True):
        entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
        if entity.kind != Entity.Kind.PERSON or not entity.legal_name:
            return False
        identity = entity.own_identity or _make_identity(entity, at)
        keep_details(subject_id=identity.subject_id, details={"full_name": entity.legal_name}, at=at)
        entity.legal_name, entity.own_identity = "", identity
        entity.version += 1
        entity.updated_at = at
        entity.save(update_fields=["legal_name", "own_identity", "version", "updated_at"])
        record_audit(
            actor=SYSTEM,
            action="accounts.entity.move_name",
            object_type="accounts.entity",
            object_id=entity.pk,
            object_version=entity.version,
            at=at,
            changes=[changed("own_identity_id", None, str(identity.pk))],
            reason="A person's name is kept in the vault",
        )
    return True


def _make_identity(entity: Entity, at: datetime) -> Identity:
    taken = set(Identity.objects.filter(entity=entity).values_list("reference", flat=True))
    reference = next(name for name in ("own", f"own-{entity.pk}") if name not in taken)
    identity = Identity.objects.create(
        entity=entity, reference=reference, kind=Identity.Kind.PERSON, country=entity.country, updated_at=at
    )
    deed = Deed(verb="create", topic="created", changes=[changed("reference", None, reference)])
    note_identity(identity=identity, deed=deed, actor=SYSTEM, at=at)
    return identity
