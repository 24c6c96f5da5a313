"""How far the feeds of arrivals are read, and what of them could not be booked."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import REFERENCE_PATTERN
from core.ids import new_id
from settlement.models.deposit import Deposit


class ArrivalCursor(models.Model):
    """The last notice of a feed that is in the books. It moves in the transaction that books the notice, and never back."""

    feed = models.CharField(primary_key=True, max_length=32)
    position = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="arrival_cursor_counts", condition=Q(position__gte=0)),
            models.CheckConstraint(name="arrival_feed_is_plain", condition=Q(feed__regex=r"^[A-Z0-9_]{1,32}$")),
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.position}"


class ArrivalRefusal(models.Model):
    """A notice that says what cannot be true: another amount under a known reference, a rail we do not have. Append-only.

    Nothing is booked for it; somebody has to look. ``deposit`` is the one that has the reference already.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.CharField(max_length=32)
    position = models.BigIntegerField()
    # As the notice has them, whatever they are.
    reference = models.CharField(max_length=64)
    rail_code = models.CharField(max_length=40)
    amount = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=300)
    deposit = models.ForeignKey(Deposit, null=True, on_delete=models.PROTECT, related_name="arrival_refusals")
    refused_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "position"], name="arrival_is_refused_once"),
            models.CheckConstraint(name="arrival_refusal_has_code", condition=Q(code__regex=REFERENCE_PATTERN)),
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.position}: {self.code}"


class ArrivalRefusalLook(models.Model):
    """Somebody has looked at a notice that could not be booked, and says what came of it. Append-only: once a notice."""

    is_append_only = True

    refusal = models.OneToOneField(ArrivalRefusal, primary_key=True, on_delete=models.PROTECT, related_name="look")
    looked_by = models.UUIDField()
    looked_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="arrival_look_says_why", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.refusal_id}: {self.reason}"
