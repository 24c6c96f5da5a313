"""PermissionLoss: a profile that has just lost a right to trade, until its orders have been looked at."""

from django.db import models

from .profile import Profile


class PermissionLoss(models.Model):
    """Written by the trigger that keeps a profile's permissions, taken away by whoever cancels the orders that are no longer
    allowed. One row a profile; it stays for some seconds, because an order may still be on its way in.
    """

    is_queue = True

    profile = models.OneToOneField(Profile, primary_key=True, on_delete=models.PROTECT, related_name="+")
    lost_at = models.DateTimeField()
    # When its orders were first looked at after that.
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.profile_id} at {self.lost_at}"
