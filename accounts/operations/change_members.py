"""Say who stands behind a profile: a change ends a row and adds one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import Membership
from accounts.domain.permissions import DECIDING_ROLES
from accounts.models import Identity, IdentityControl, Profile, ProfileMember
from accounts.operations.lock_identity import stale
from accounts.operations.note_identity import changed
from core.domain.refusals import NotFound, Refusal
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit

MOST_MEMBERS = 50
Wish = Callable[[frozenset[Membership]], frozenset[Membership]]


@dataclass(frozen=True, slots=True)
class _Change:
    profile: Profile
    added: tuple[Membership, ...]
    ended: tuple[Membership, ...]


def change_members(
    *,
    profile_id: UUID,
    named: Iterable[UUID],
    wish: Wish,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> frozenset[Membership]:
    """Make the members of a profile what ``wish`` makes of those it has; answers what they are now.

    ``named`` are the identities that may be added. What is new begins today, what is gone ends today; when nothing
    changes, nothing is written. Refuses a profile that is not there, is closed (PROFILE_CLOSED) or has changed since
    ``version`` (412), an identity that is not the same entity's (404), more than ``MOST_MEMBERS`` roles
    (TOO_MANY_MEMBERS), a change that takes the last HOLDER away (PROFILE_NEEDS_HOLDER), and one that takes an owner away
    whose standing binds the profile (MEMBER_IS_BOUND with identity_id): a freeze is lifted, not shaken off.
    """
    with transaction.atomic():
        profile = _lock_profile(profile_id, set(named))
        if version is not None and profile.version != version:
            raise stale(profile.version)
        rows = {
            Membership(row.identity_id, row.role): row
            for row in ProfileMember.objects.filter(profile=profile, until__isnull=True)
        }
        before = frozenset(rows)
        after = wish(before)
        _check(before, after)
        change = _Change(profile, _sorted(after - before), _sorted(before - after))
        _refuse_escape(change, actor)
        if change.added or change.ended:
            for member in change.ended:
                rows[member].mark_ended(until=max(at.date(), rows[member].since))
            _add(change, at)
            _note(change, actor, at)
    return after


def _lock_profile(profile_id: UUID, identity_ids: set[UUID]) -> Profile:
    """The profile, locked after the identities that are to stand behind it."""
    found = Identity.objects.select_for_update(no_key=True).filter(id__in=identity_ids).order_by("id")
    entity_of = {identity.id: identity.entity_id for identity in found}
    profile = Profile.objects.select_for_update(no_key=True).filter(id=profile_id).first()
    if profile is None:
        raise NotFound("profile")
    if any(entity_of.get(identity_id) != profile.entity_id for identity_id in identity_ids):
        raise NotFound("identity")
    if profile.status != Profile.Status.OPEN:
        raise Refusal("PROFILE_CLOSED", "The profile is closed.")
    return profile


def _check(before: frozenset[Membership], after: frozenset[Membership]) -> None:
    if len(after) > MOST_MEMBERS:
        raise Refusal("TOO_MANY_MEMBERS", f"A profile has at most {MOST_MEMBERS} roles.")
    if _has_holder(before) and not _has_holder(after):
        raise Refusal("PROFILE_NEEDS_HOLDER", "A profile keeps a holder: add the next one first.")


def _refuse_escape(change: _Change, actor: Actor) -> None:
    """What binds a profile ends with its cause, not with the owner whom it is about. Where lifting takes an approval nobody
    takes that owner away; any other bound one a person of the house does.
    """
    owners = {member.identity_id for member in change.ended if member.role in DECIDING_ROLES}
    if not owners:
        return
    active = IdentityControl.objects.filter(identity__in=owners, cleared_at__isnull=True).order_by("id")
    bound = [control.identity_id for control in active if actor.kind != "PERSON" or control.needs_approval_to_clear]
    if actor.kind != "PERSON":
        standing = Identity.objects.filter(id__in=owners).exclude(status=Identity.Status.APPROVED)
        bound += standing.order_by("id").values_list("id", flat=True)
    if bound:
        raise Refusal(
            "MEMBER_IS_BOUND",
            "The profile is bound by this owner's status or controls: these are lifted first.",
            meta={"identity_id": str(bound[0])},
        )


def _has_holder(members: Iterable[Membership]) -> bool:
    return any(member.role == ProfileMember.Role.HOLDER for member in members)


def _add(change: _Change, at: datetime) -> None:
    for member in change.added:
        ProfileMember.objects.create(
            profile=change.profile,
            identity_id=member.identity_id,
            entity_id=change.profile.entity_id,
            role=member.role,
            since=at.date(),
        )
    change.profile.mark_changed(at=at)


def _note(change: _Change, actor: Actor, at: datetime) -> None:
    profile = change.profile
    record_audit(
        actor=actor,
        action="accounts.profile.change_members",
        object_type="accounts.profile",
        object_id=profile.id,
        at=at,
        changes=[
            *(changed("members", f"{member.role} {member.identity_id}", None) for member in change.ended),
            *(changed("members", None, f"{member.role} {member.identity_id}") for member in change.added),
        ],
        object_version=profile.version,
    )
    publish_message(
        topic="accounts.profile.members_changed",
        channel="IDENTITIES",
        entity_id=profile.entity_id,
        subject_type="accounts.profile",
        subject_id=profile.id,
        payload={"version": profile.version, "added": _plain(change.added), "ended": _plain(change.ended)},
    )


def _sorted(members: Iterable[Membership]) -> tuple[Membership, ...]:
    return tuple(sorted(members, key=lambda member: (member.role, member.identity_id)))


def _plain(members: Iterable[Membership]) -> list[dict[str, str]]:
    return [{"identity_id": str(member.identity_id), "role": member.role} for member in members]
