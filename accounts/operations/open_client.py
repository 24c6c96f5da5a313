"""Open an account for a client: its entity, its first profile and the identity that holds it, at once or not at all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import EntityTerms, IdentityTerms
from accounts.models import Entity, ProfileMember
from accounts.operations.add_member import add_member
from accounts.operations.create_entity import create_entity
from accounts.operations.create_identity import create_identity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.create_profile import create_profile
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


@dataclass(frozen=True, slots=True)
class Opening:
    """What an account is opened with: an organisation that is there, or the name of one to take on; the entity; the name
    and reference of its first profile; who the entity is.
    """

    organisation_id: UUID | None
    organisation_name: str
    entity: EntityTerms
    identity: IdentityTerms
    profile_name: str = "Main"
    profile_reference: str = "main"


@dataclass(frozen=True, slots=True)
class OpenedClient:
    """What was made."""

    organisation_id: UUID
    entity_id: UUID
    profile_id: UUID
    identity_id: UUID


def open_client(*, opening: Opening, actor: Actor, at: datetime) -> OpenedClient:
    """Make entity, default profile and the entity's own identity, PENDING, as the profile's HOLDER: the profile can do
    nothing until compliance has decided. Joins the caller's transaction.

    Refuses an identity of another kind or country than the entity (IDENTITY_DIFFERS), and what the operations that it
    goes through refuse.
    """
    entity, identity = opening.entity, opening.identity
    if (entity.kind, entity.country) != (identity.kind, identity.country):
        raise Refusal("IDENTITY_DIFFERS", "An entity and its own identity are of one kind and country.")
    with transaction.atomic():
        organisation_id = opening.organisation_id or create_organisation(
            name=opening.organisation_name, kind="CLIENT", at=at, actor=actor
        )
        entity_id = create_entity(organisation_id=organisation_id, terms=entity, at=at, actor=actor)
        identity_id = create_identity(entity_id=entity_id, terms=identity, actor=actor, at=at)
        Entity.objects.filter(id=entity_id).update(own_identity_id=identity_id)
        profile_id = create_profile(
            entity_id=entity_id, name=opening.profile_name, reference=opening.profile_reference, at=at, actor=actor
        )
        add_member(profile_id=profile_id, identity_id=identity_id, role=ProfileMember.Role.HOLDER, actor=actor, at=at)
    return OpenedClient(organisation_id, entity_id, profile_id, identity_id)
