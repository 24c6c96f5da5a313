"""What a run made."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from compliance.models.report_run import ReportRun
from core.ids import new_id


class ReportFile(models.Model):
    """One file of a ready run, kept in the store under its SHA-256. Append-only; the manifest is one of them.

    `part` counts from 1 within a format, and is 0 for the manifest. Keys are canonical JSON arrays; none
    without rows.
    """

    is_append_only = True

    class Format(models.TextChoices):
        CSV = "CSV"
        SHEET_CSV = "SHEET_CSV"
        JSON_LINES = "JSON_LINES"
        PARQUET = "PARQUET"
        CAMT053 = "CAMT053"
        MT940 = "MT940"
        MANIFEST = "MANIFEST"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ReportRun, on_delete=models.PROTECT, related_name="files")
    part = models.IntegerField()
    name = models.CharField(max_length=160)
    format = models.CharField(max_length=10, choices=Format)
    byte_size = models.BigIntegerField()
    row_count = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    first_key = models.TextField(null=True)
    last_key = models.TextField(null=True)
    # Empty for what is kept for ever.
    retained_until = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="report_file_name_is_unique"),
            models.UniqueConstraint(fields=["run", "format", "part"], name="report_part_is_written_once"),
            models.CheckConstraint(
                name="report_format_is_known",
                condition=Q(format__in=["CSV", "SHEET_CSV", "JSON_LINES", "PARQUET", "CAMT053", "MT940", "MANIFEST"]),
            ),
            models.CheckConstraint(name="report_file_has_its_hash", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="report_file_with_rows_has_keys",
                condition=Q(row_count=0, first_key__isnull=True, last_key__isnull=True)
                | Q(row_count__gt=0, first_key__isnull=False, last_key__isnull=False),
            ),
            models.CheckConstraint(
                name="manifest_is_kept_for_ever",
                condition=~Q(format="MANIFEST") | Q(retained_until__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name
