"""Write down what came of taking a file."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.models import ReportDownload


def end_download(*, download_id: UUID, bytes_sent: int, is_complete: bool, at: datetime) -> None:
    """The attempt ended: all bytes went out, or the reader went away before. Only the first end counts."""
    with transaction.atomic(durable=True):
        ReportDownload.objects.filter(pk=download_id, ended_at__isnull=True).update(
            ended_at=at, bytes_sent=bytes_sent, is_complete=is_complete
        )
