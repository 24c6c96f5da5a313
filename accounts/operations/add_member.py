"""Put an identity behind a profile."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import Membership
from accounts.models import ProfileMember
from accounts.operations.change_members import change_members
from core.operations.record_audit import Actor


def add_member(*, profile_id: UUID, identity_id: UUID, role: str, actor: Actor, at: datetime) -> UUID:
    """Give an identity a role at a profile from today on; answers the member's id, the same one when it has that role
    already. Refuses what ``change_members`` refuses.
    """
    membership = Membership(identity_id, role)
    with transaction.atomic():
        change_members(
            profile_id=profile_id, named=[identity_id], wish=lambda now: now | {membership}, actor=actor, at=at
        )
        return ProfileMember.objects.get(
            profile_id=profile_id, identity_id=identity_id, role=role, until__isnull=True
        ).id
