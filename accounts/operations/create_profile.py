"""Open a profile for an entity."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Entity, Profile
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit


def create_profile(*, entity_id: UUID, name: str, reference: str, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """Open a profile and return its id. The entity's first is its DEFAULT one; all of them form one
    self-trade group.

    Refuses an entity that is not there or is closed, and a reference that the entity has used
    (ALREADY_EXISTS).
    """
    with transaction.atomic():
        entity = Entity.objects.select_for_update(no_key=True).filter(id=entity_id).first()
        if entity is None:
            raise NotFound("entity")
        if entity.status != Entity.Status.ACTIVE:
            raise Refusal("ENTITY_CLOSED", "The entity is closed.")
        existing = Profile.objects.filter(entity=entity, reference=reference).first()
        if existing is not None:
            raise Refusal("ALREADY_EXISTS", "The reference is in use.", meta={"existing": str(existing.id)}, status=409)
        has_default = Profile.objects.filter(entity=entity, kind=Profile.Kind.DEFAULT).exists()
        profile = Profile.objects.create(
            entity=entity,
            name=name,
            reference=reference,
            kind=Profile.Kind.NORMAL if has_default else Profile.Kind.DEFAULT,
            self_trade_group=entity.id,
            updated_at=at,
        )
        record_audit(
            actor=actor,
            action="accounts.profile.create",
            object_type="accounts.profile",
            object_id=profile.id,
            object_version=profile.version,
            at=at,
            changes=[
                {"field": "entity_id", "before": None, "after": str(entity.id)},
                {"field": "reference", "before": None, "after": reference},
                {"field": "kind", "before": None, "after": profile.kind},
            ],
        )
    return profile.id
