"""Sessions of staff: which of them are still good."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from accounts.models import StaffUser


def list_live_sessions(*, sessions: Sequence[tuple[str, UUID]], permission: str, at: datetime) -> set[str]:
    """Of these sessions (key, person) the keys of those that have not ended and whose person still holds ``permission``."""
    keys = Session.objects.filter(session_key__in=[key for key, _ in sessions], expire_date__gt=at)
    people = list_holders(permission).filter(id__in=[person for _, person in sessions])
    alive, allowed = set(keys.values_list("session_key", flat=True)), set(people.values_list("id", flat=True))
    return {key for key, person in sessions if key in alive and person in allowed}


def list_holders(permission: str) -> QuerySet[StaffUser]:
    """Active members of staff who hold ``permission`` by a role they have now."""
    return StaffUser.objects.filter(
        status=StaffUser.Status.ACTIVE,
        grants__ended_at__isnull=True,
        grants__role__permissions__contains=[permission],
    ).distinct()
