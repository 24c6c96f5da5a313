"""Write down that somebody takes a file, before the first byte of it goes out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.models import ReportDownload, ReportFile
from core.operations.record_audit import Actor, record_audit


def record_download(*, file: ReportFile, actor: Actor, at: datetime) -> UUID:
    """The id of the attempt; `end_download` says what came of it."""
    if actor.id is None:
        raise ValueError("whoever takes a file has a name")
    with transaction.atomic(durable=True):
        download = ReportDownload.objects.create(
            file=file, actor_kind=actor.kind, actor_id=actor.id, source_ip=actor.source_ip, begun_at=at
        )
        record_audit(
            actor=actor,
            action="compliance.report_file.download",
            object_type="compliance.report_file",
            object_id=file.pk,
            at=at,
            changes=[{"field": "sha256", "before": None, "after": file.sha256}],
        )
    return download.pk
