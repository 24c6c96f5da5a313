"""Organisation: whom the house does business with, and the house itself."""

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id


class Organisation(models.Model):
    """A client of the house, or the firm itself, of which there is exactly one."""

    class Kind(models.TextChoices):
        FIRM = "FIRM"
        CLIENT = "CLIENT"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        CLOSED = "CLOSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="FIRM"), name="there_is_one_firm"),
            models.CheckConstraint(condition=models.Q(kind__in=["FIRM", "CLIENT"]), name="organisation_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=["ACTIVE", "CLOSED"]), name="organisation_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
