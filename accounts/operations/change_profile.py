"""Rename a profile, change who stands behind it, close it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.contracts import Membership
from accounts.models import Profile
from accounts.operations.change_members import change_members
from accounts.operations.lock_identity import stale
from accounts.operations.note_identity import changed
from core.domain.refusals import NotFound, Refusal
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit

# Kept by the app that keeps the balances: accounts knows of none.
EMPTY = "closed_profile_is_empty"


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is to be other: what is ``None`` stays. ``members`` are all that the profile has afterwards."""

    name: str | None = None
    members: tuple[Membership, ...] | None = None
    is_closing: bool = False


def change_profile(
    *, profile_id: UUID, change: ProfileChange, actor: Actor, at: datetime, version: int | None = None
) -> Profile:
    """Change a profile; what is so already changes nothing. A profile is closed for ever.

    Refuses a profile that is not there or has changed since ``version`` (412 PRECONDITION_FAILED), a change of a closed
    one (PROFILE_CLOSED), what ``change_members`` refuses, and to close one that holds, or has reserved, anything
    (PROFILE_NOT_EMPTY).
    """
    with transaction.atomic():
        if change.members is not None:
            wanted = frozenset(change.members)
            change_members(
                profile_id=profile_id,
                named={member.identity_id for member in wanted},
                wish=lambda _now: wanted,
                actor=actor,
                at=at,
                version=version,
            )
            version = None
        profile = _lock(profile_id, version)
        is_other = change.name is not None and change.name != profile.name
        if profile.status != Profile.Status.OPEN:
            if is_other:
                raise Refusal("PROFILE_CLOSED", "The profile is closed.")
            return profile
        if is_other:
            _rename(profile, str(change.name), actor, at)
        if change.is_closing:
            _close(profile, actor, at)
    return profile


def _lock(profile_id: UUID, version: int | None) -> Profile:
    profile = Profile.objects.select_for_update(no_key=True).filter(id=profile_id).first()
    if profile is None:
        raise NotFound("profile")
    if version is not None and profile.version != version:
        raise stale(profile.version)
    return profile


def _rename(profile: Profile, name: str, actor: Actor, at: datetime) -> None:
    before, profile.name = profile.name, name
    profile.mark_changed(at=at, fields=("name",))
    _note(profile, "rename", "renamed", [changed("name", before, name)], actor, at)


def _close(profile: Profile, actor: Actor, at: datetime) -> None:
    profile.status = Profile.Status.CLOSED
    try:
        with transaction.atomic():
            profile.mark_changed(at=at, fields=("status",))
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != EMPTY:
            raise
        raise Refusal("PROFILE_NOT_EMPTY", "A profile is closed once it holds nothing and has no open order.") from None
    _note(profile, "close", "closed", [changed("status", "OPEN", "CLOSED")], actor, at)


def _note(profile: Profile, verb: str, topic: str, changes: list[dict[str, Any]], actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"accounts.profile.{verb}",
        object_type="accounts.profile",
        object_id=profile.id,
        at=at,
        changes=changes,
        object_version=profile.version,
    )
    publish_message(
        topic=f"accounts.profile.{topic}",
        channel="IDENTITIES",
        entity_id=profile.entity_id,
        subject_type="accounts.profile",
        subject_id=profile.id,
        payload={"reference": profile.reference, "version": profile.version, "status": profile.status},
    )
