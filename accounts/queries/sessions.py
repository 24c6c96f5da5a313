"""Sessions of staff: which of them are still good, and those of one person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.domain.secrets import secret_sha256
from accounts.models import StaffSession
from accounts.queries.staff_rights import list_holders
from core.pages.access import LONGEST_SESSION_HOURS


def list_good_sessions(*, at: datetime) -> QuerySet[StaffSession]:
    """Sessions of signed-in people that have neither been idle nor lasted too long, the last seen first."""
    return StaffSession.objects.filter(
        staff__isnull=False, expire_date__gt=at, signed_in_at__gt=at - timedelta(hours=LONGEST_SESSION_HOURS)
    ).order_by("-last_seen_at")


def is_good_session(*, session_key: str, at: datetime) -> bool:
    """Whether this key's session is one of a signed-in person and has not ended."""
    return list_good_sessions(at=at).filter(session_key=secret_sha256(session_key)).exists()


def list_live_sessions(*, sessions: Sequence[tuple[str, UUID]], permission: str, at: datetime) -> set[str]:
    """Of these sessions (key, person) the keys of those that have not ended and whose person still holds ``permission``."""
    hashes = {secret_sha256(key): key for key, _ in sessions}
    alive = list_good_sessions(at=at).filter(session_key__in=hashes).values_list("session_key", flat=True)
    people = list_holders(permission).filter(id__in=[person for _, person in sessions])
    allowed = set(people.values_list("id", flat=True))
    good = {hashes[each] for each in alive}
    return {key for key, person in sessions if key in good and person in allowed}
