"""SpentCode: that a one-time code was used."""

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id

from .staff_user import StaffUser


class SpentCode(models.Model):
    """The code of one step of half a minute, used by one person. The same again is refused by the row that is there.

    Kept for a day; a code is good for a minute and a half.
    """

    is_queue = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(StaffUser, on_delete=models.CASCADE, related_name="spent_codes")
    # Seconds since 1970, divided by 30: the moving factor of RFC 6238.
    step = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "step"], name="one_time_code_is_used_once")]

    def __str__(self) -> str:
        return f"step {self.step}"
