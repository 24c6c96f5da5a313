"""Who took a file."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from compliance.models.report_file import ReportFile
from core.ids import new_id


class ReportDownload(models.Model):
    """One attempt to take one file, written before the first byte goes out; `ended_at` and what was sent
    come after.
    """

    class ActorKind(models.TextChoices):
        PERSON = "PERSON"
        CREDENTIAL = "CREDENTIAL"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(ReportFile, on_delete=models.PROTECT, related_name="downloads")
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_id = models.UUIDField()
    source_ip = models.GenericIPAddressField(null=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    bytes_sent = models.BigIntegerField(default=0)
    is_complete = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="complete_download_has_ended", condition=Q(is_complete=False) | Q(ended_at__isnull=False)
            ),
            models.CheckConstraint(
                name="download_actor_is_known", condition=Q(actor_kind__in=["PERSON", "CREDENTIAL"])
            ),
            models.CheckConstraint(name="download_sends_something_or_nothing", condition=Q(bytes_sent__gte=0)),
        ]
        indexes = [models.Index(fields=["file", "-id"], name="download_of_file")]
