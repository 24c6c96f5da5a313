"""Put runs whose worker is gone back into the queue, and say which runs may begin."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from compliance.models import ReportRun


def requeue_reports(*, at: datetime) -> list[UUID]:
    """Re-queue every run whose lease is over; answers the oldest queued runs, as many as there are free
    slots.

    A run that lost its worker `REPORT_MOST_ATTEMPTS` times fails with WORKER_LOST: something about it kills
    workers.
    """
    with transaction.atomic(durable=True):
        lost = ReportRun.objects.select_for_update(skip_locked=True).filter(
            state=ReportRun.State.RUNNING, lease_until__lt=at
        )
        for run in lost.order_by("id"):
            if run.attempt >= settings.REPORT_MOST_ATTEMPTS:
                run.mark_failed(code="WORKER_LOST", detail=f"{run.attempt} workers were lost", at=at)
            else:
                run.mark_queued()
        running = ReportRun.objects.filter(state=ReportRun.State.RUNNING).count()
        free = max(0, settings.REPORT_CONCURRENT_RUNS - running)
        queued = ReportRun.objects.filter(state=ReportRun.State.QUEUED).order_by("id")
        return list(queued.values_list("id", flat=True)[:free])
