"""ProfileMember: in which role an identity stands behind a profile, from when to when."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id

from .entity import Entity
from .identity import Identity
from .permission_triggers import PERMISSIONS_FOLLOW_ENDED_MEMBERS, PERMISSIONS_FOLLOW_NEW_MEMBERS
from .profile import Profile


class ProfileMember(models.Model):
    """One role of one identity at one profile; it is in force while ``until`` is null.

    Nothing of a row changes but that it ends, once (``membership_ends_once``, ``member_is_kept``): a change ends the row
    and adds one. Profile and identity belong to the same entity, which the row names for the two composite keys
    ``member_profile_is_in_its_entity`` and ``member_identity_is_in_its_entity``.
    """

    class Role(models.TextChoices):
        HOLDER = "HOLDER"
        BENEFICIAL_OWNER = "BENEFICIAL_OWNER"
        ADVISER = "ADVISER"
        TRUSTEE = "TRUSTEE"
        AUTHORISED_TRADER = "AUTHORISED_TRADER"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="members")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="memberships")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=17, choices=Role.choices)
    # The first day, and the last one.
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "identity", "role"], condition=Q(until__isnull=True), name="member_holds_a_role_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="membership_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["HOLDER", "BENEFICIAL_OWNER", "ADVISER", "TRUSTEE", "AUTHORISED_TRADER"]),
                name="member_role_is_known",
            ),
        ]
        triggers = [PERMISSIONS_FOLLOW_NEW_MEMBERS, PERMISSIONS_FOLLOW_ENDED_MEMBERS]

    def __str__(self) -> str:
        return f"{self.role} {self.identity_id}"

    def mark_ended(self, *, until: date) -> None:
        """End it with the day ``until``. There is no way back."""
        self.until = until
        self.save(update_fields=["until"])
