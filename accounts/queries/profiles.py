"""Reads of profiles, and of who stands behind them."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Entity, Profile, ProfileMember
from core.domain.refusals import NotFound


def get_own_entity(*, entity_id: UUID) -> Entity:
    """The entity that asks."""
    entity = Entity.objects.filter(id=entity_id).first()
    if entity is None:
        raise NotFound("entity")
    return entity


def list_profiles(*, entity_id: UUID) -> QuerySet[Profile]:
    """The profiles of an entity."""
    return Profile.objects.filter(entity_id=entity_id)


def access_profile(*, profile_id: UUID, entity_id: UUID) -> Profile:
    """The profile, if it is the entity's; otherwise there is no such profile."""
    profile = Profile.objects.filter(id=profile_id, entity_id=entity_id).first()
    if profile is None:
        raise NotFound("profile")
    return profile


def list_profile_members(profile: Profile) -> QuerySet[ProfileMember]:
    """Who stands behind a profile, and who did."""
    return ProfileMember.objects.filter(profile=profile)
