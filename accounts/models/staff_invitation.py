"""StaffInvitation: a link by which an invited person comes in for the first time."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id

from .staff_user import StaffUser


class StaffInvitation(models.Model):
    """Good once and until ``expires_at``. Only the hash of its 256-bit token is kept. A newer one replaces it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(StaffUser, on_delete=models.PROTECT, related_name="invitations")
    token_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_sha256"], name="invitation_token_is_unique"),
            models.CheckConstraint(
                condition=Q(token_sha256__regex=r"^[0-9a-f]{64}$"), name="invitation_token_is_hashed"
            ),
            models.UniqueConstraint(
                fields=["staff"],
                condition=Q(used_at__isnull=True, replaced_at__isnull=True),
                name="staff_has_one_open_invitation",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | (Q(replaced_at__isnull=True) & Q(used_at__lt=F("expires_at"))),
                name="invitation_is_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.staff}"

    def is_open(self, *, at: datetime) -> bool:
        """Whether it still lets its person in at ``at``."""
        return self.used_at is None and self.replaced_at is None and self.expires_at > at
