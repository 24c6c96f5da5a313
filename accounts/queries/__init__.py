"""Reads of ``accounts`` that others may use; the ``access_`` gates are the only way to a thing on somebody's
behalf.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from accounts.contracts import Principal
from accounts.models import AccessToken, ApiCredential, Profile, StaffUser
from core.domain.refusals import NotFound


def get_principal(*, token_sha256: str) -> Principal | None:
    """Whose token this is; ``None`` if there is no such token, or its credential, entity or organisation
    ended.

    An expired token is still somebody's: the asker compares ``expires_at``, which is the earlier of the
    token's and the credential's end.
    """
    token = (
        AccessToken.objects.select_related("credential__entity__organisation")
        .filter(
            token_sha256=token_sha256,
            credential__status=ApiCredential.Status.ACTIVE,
            credential__entity__status="ACTIVE",
            credential__entity__organisation__status="ACTIVE",
        )
        .first()
    )
    if token is None:
        return None
    credential = token.credential
    return Principal(
        credential_id=credential.id,
        entity_id=credential.entity_id,
        organisation_id=credential.entity.organisation_id,
        organisation_kind=credential.entity.organisation.kind,
        # A scope taken from the credential is gone from its tokens too.
        scopes=frozenset(token.scopes) & frozenset(credential.scopes),
        expires_at=min(token.expires_at, credential.expires_at or token.expires_at),
    )


def find_credential(*, client_id: str) -> ApiCredential | None:
    """The credential with this client id, whatever its state."""
    return ApiCredential.objects.filter(client_id=client_id).first()


def list_profiles(*, entity_id: UUID) -> QuerySet[Profile]:
    """The profiles of an entity."""
    return Profile.objects.filter(entity_id=entity_id)


def access_profile(*, profile_id: UUID, entity_id: UUID) -> Profile:
    """The profile, if it is the entity's; otherwise there is no such profile."""
    profile = Profile.objects.filter(id=profile_id, entity_id=entity_id).first()
    if profile is None:
        raise NotFound("profile")
    return profile


def list_live_sessions(*, sessions: Sequence[tuple[str, UUID]], at: datetime) -> set[str]:
    """Of these sessions (key, person) the keys of those that have not ended, and whose person may still sign in."""
    keys = Session.objects.filter(session_key__in=[key for key, _ in sessions], expire_date__gt=at)
    people = StaffUser.objects.filter(id__in=[person for _, person in sessions], status="ACTIVE")
    alive, active = set(keys.values_list("session_key", flat=True)), set(people.values_list("id", flat=True))
    return {key for key, person in sessions if key in alive and person in active}
