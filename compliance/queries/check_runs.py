"""What came of the checks that the clock began."""

from django.db.models import QuerySet

from compliance.models import CheckRun


def newest_check_runs() -> dict[str, CheckRun]:
    """The newest run of each kind that ever ran."""
    return {run.kind: run for run in CheckRun.objects.order_by("kind", "-id").distinct("kind")}


def list_check_runs() -> "QuerySet[CheckRun]":
    """Every run; the caller orders and cuts."""
    return CheckRun.objects.all()
