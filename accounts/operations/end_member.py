"""Let an identity stand behind a profile no longer."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import Membership
from accounts.models import ProfileMember
from accounts.operations.change_members import change_members
from core.domain.refusals import NotFound
from core.operations.record_audit import Actor


def end_member(*, member_id: UUID, actor: Actor, at: datetime) -> None:
    """End a membership with today; one that has ended stays as it is. Refuses one that is not there and what
    ``change_members`` refuses.
    """
    with transaction.atomic():
        member = ProfileMember.objects.filter(id=member_id).first()
        if member is None:
            raise NotFound("member")
        if member.until is None:
            gone = Membership(member.identity_id, member.role)
            change_members(profile_id=member.profile_id, named=[], wish=lambda now: now - {gone}, actor=actor, at=at)
