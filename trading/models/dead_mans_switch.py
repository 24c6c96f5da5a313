"""What happens when a client's program falls silent."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApiCredential, Profile
from core.ids import new_id


class DeadMansSwitch(models.Model):
    """A credential's promise to be heard of again before ``due_at``; else its orders of the profile are cancelled.

    Disarmed while ``due_at`` is null.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    credential = models.ForeignKey(ApiCredential, on_delete=models.PROTECT, related_name="+", db_index=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    timeout_seconds = models.IntegerField()
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential", "profile"], name="profile_has_one_switch_per_credential"),
            models.CheckConstraint(
                name="switch_timeout_is_bounded", condition=Q(timeout_seconds__gte=5, timeout_seconds__lte=3_600)
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="dead_mans_switch_due", condition=Q(due_at__isnull=False))]
