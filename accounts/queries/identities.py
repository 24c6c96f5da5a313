"""Reads of identities, of who stands behind a profile, and of what checks came to."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from accounts.domain.identity_states import COUNTED_METHODS, required_checks
from accounts.models import Identity, IdentityDocument, IdentityVerification, ProfileMember
from core.domain.refusals import NotFound


def access_identity(*, identity_id: UUID, entity_id: UUID) -> Identity:
    """The identity, if it is the entity's; otherwise there is no such identity."""
    identity = Identity.objects.filter(id=identity_id, entity_id=entity_id).first()
    if identity is None:
        raise NotFound("identity")
    return identity


def get_identity(*, identity_id: UUID) -> Identity:
    """The identity, whosever it is: for the house itself."""
    identity = Identity.objects.filter(id=identity_id).first()
    if identity is None:
        raise NotFound("identity")
    return identity


def list_identities(*, entity_id: UUID) -> QuerySet[Identity]:
    """The identities of an entity."""
    return Identity.objects.filter(entity_id=entity_id)


def list_verifications(identity: Identity) -> QuerySet[IdentityVerification]:
    """Everything that checks of an identity have come to."""
    return IdentityVerification.objects.filter(identity=identity)


def list_documents(identity: Identity) -> QuerySet[IdentityDocument]:
    """The documents that an identity has shown."""
    return IdentityDocument.objects.filter(identity=identity)


def list_members(*, profile_ids: Iterable[UUID]) -> QuerySet[ProfileMember]:
    """Who stands behind these profiles now, oldest first."""
    return ProfileMember.objects.filter(profile_id__in=profile_ids, until__isnull=True).order_by("id")


def newest_verifications(identity_id: UUID) -> dict[str, IdentityVerification]:
    """Check -> the result that counts: the newest."""
    rows = IdentityVerification.objects.filter(identity_id=identity_id)
    newest = rows.order_by("check_kind", "-identity_version").distinct("check_kind")
    return {row.check_kind: row for row in newest}


def list_open_checks(identity: Identity, *, today: date, whoever_checked: bool) -> tuple[str, ...]:
    """The required checks whose newest result is not CLEAR, or is good no more.

    Unless ``whoever_checked``, what a client passed through does not count: that is for a person to rely on.
    """
    found = newest_verifications(identity.id)
    return tuple(
        check
        for check in required_checks(kind=identity.kind, risk_rating=identity.risk_rating)
        if not _is_clear(found.get(check), today=today, whoever_checked=whoever_checked)
    )


def _is_clear(result: IdentityVerification | None, *, today: date, whoever_checked: bool) -> bool:
    if result is None or result.verdict != IdentityVerification.Verdict.CLEAR:
        return False
    if result.expires_date is not None and result.expires_date < today:
        return False
    return whoever_checked or result.method in COUNTED_METHODS


def list_checks(identity: Identity) -> list[dict[str, str | bool | None]]:
    """Every check that is required or was made, by name, with its newest verdict."""
    found = newest_verifications(identity.id)
    required = required_checks(kind=identity.kind, risk_rating=identity.risk_rating)
    return [
        {
            "check": check,
            "is_required": check in required,
            "verdict": found[check].verdict if check in found else None,
        }
        for check in sorted({*required, *found})
    ]
