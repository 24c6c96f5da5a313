"""Reads of ``accounts`` that others may use; the ``access_`` gates are the only way to a thing on somebody's
behalf.
"""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Profile, StaffUser
from core.domain.refusals import NotFound


def list_profiles(*, entity_id: UUID) -> QuerySet[Profile]:
    """The profiles of an entity."""
    return Profile.objects.filter(entity_id=entity_id)


def access_profile(*, profile_id: UUID, entity_id: UUID) -> Profile:
    """The profile, if it is the entity's; otherwise there is no such profile."""
    profile = Profile.objects.filter(id=profile_id, entity_id=entity_id).first()
    if profile is None:
        raise NotFound("profile")
    return profile
