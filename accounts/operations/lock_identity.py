"""Hold an identity, so that one change of it follows another."""

from uuid import UUID

from accounts.models import Identity
from core.domain.refusals import NotFound, Refusal


def lock_identity(*, identity_id: UUID, version: int | None = None) -> Identity:
    """The identity, locked until the caller's transaction ends; entities are locked before it, profiles after it.

    Refuses one that is not there, and one that has changed since its asker saw ``version`` (412 PRECONDITION_FAILED
    with the version it has now).
    """
    identity = Identity.objects.select_for_update(no_key=True).filter(id=identity_id).first()
    if identity is None:
        raise NotFound("identity")
    if version is not None and identity.version != version:
        raise stale(identity.version)
    return identity


def stale(version: int) -> Refusal:
    """The refusal of a change to something that has changed meanwhile, with the version it has now."""
    return Refusal("PRECONDITION_FAILED", "It has changed meanwhile.", meta={"version": str(version)}, status=412)
