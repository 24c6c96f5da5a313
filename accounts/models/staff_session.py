"""StaffSession: one browser that is signed in, or about to."""

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from .staff_user import StaffUser


class StaffSession(AbstractBaseSession):
    """A session under the SHA-256 of its key: who has a copy of this table has nobody's session.

    Until the second factor is used it is nobody's: ``staff`` and ``signed_in_at`` are empty. Rows go when it ends.
    """

    is_queue = True

    # Hexadecimal SHA-256 of the key that the browser has.
    session_key = models.CharField(max_length=64, primary_key=True)
    staff = models.ForeignKey(StaffUser, on_delete=models.CASCADE, null=True, related_name="sessions")
    signed_in_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    # What the browser says it is.
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(session_key__regex=r"^[0-9a-f]{64}$"), name="session_key_is_hashed"
            ),
            models.CheckConstraint(
                condition=models.Q(staff__isnull=True) | models.Q(signed_in_at__isnull=False),
                name="session_of_a_person_has_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.session_key[:8]}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.session_store import SessionStore

        return SessionStore
