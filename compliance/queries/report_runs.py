"""Runs and their files, for those who may see them."""

from uuid import UUID

from django.db.models import QuerySet

from compliance.models import ReportDownload, ReportFile, ReportRun
from core.domain.refusals import NotFound


def list_report_runs(*, entity_id: UUID | None = None) -> "QuerySet[ReportRun]":
    """Runs of an entity with their files; of everybody without one, the whole firm's among them. Unordered."""
    runs = ReportRun.objects.prefetch_related("files")
    return runs if entity_id is None else runs.filter(entity_id=entity_id)


def get_report_run(*, run_id: UUID) -> ReportRun:
    """Any run, for the back office; refuses an unknown one with `NotFound`."""
    run = list_report_runs().filter(id=run_id).first()
    if run is None:
        raise NotFound("report run")
    return run


def access_report_run(*, run_id: UUID, entity_id: UUID) -> ReportRun:
    """A run of this entity; refuses an unknown one, and one of anybody else, with `NotFound`."""
    run = list_report_runs(entity_id=entity_id).filter(id=run_id).first()
    if run is None:
        raise NotFound("report run")
    return run


def get_report_file(*, run: ReportRun, name: str) -> ReportFile:
    """A file of a run by its name; refuses an unknown one with `NotFound`."""
    file = run.files.filter(name=name).first()
    if file is None:
        raise NotFound("file")
    return file


def list_report_downloads(*, run_id: UUID) -> "QuerySet[ReportDownload]":
    """Who took files of a run, newest first."""
    return ReportDownload.objects.filter(file__run_id=run_id).select_related("file").order_by("-id")


def list_unfinished_runs() -> "QuerySet[ReportRun]":
    """Runs that are asked for and not finished, oldest first."""
    return ReportRun.objects.filter(state__in=["REQUESTED", "QUEUED", "RUNNING"]).order_by("id")
