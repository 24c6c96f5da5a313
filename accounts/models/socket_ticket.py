"""SocketTicket: the right to open one live socket, once and soon."""

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id

from .staff_user import StaffUser


class SocketTicket(models.Model):
    """A ticket of one person's one session. Only its hash is kept; it is good for half a minute and for one
    use.
    """

    is_queue = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff_user = models.ForeignKey(StaffUser, on_delete=models.CASCADE, related_name="socket_tickets")
    ticket_sha256 = models.CharField(max_length=64)
    session_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket_sha256"], name="socket_ticket_is_unique"),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(used_at__lt=models.F("expires_at")),
                name="socket_ticket_is_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.id}"
