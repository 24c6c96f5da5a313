"""The addresses of the record's screens."""

from django.urls import path

from compliance.pages.reports import ask, download, show_report_run, show_reports
from core.api import paths  # noqa: F401  (registers the path parts)

urlpatterns = [
    path("reports", show_reports, name="reports"),
    path("reports/runs/<uuid:run_id>", show_report_run, name="report-run"),
    path("reports/runs/<uuid:run_id>/files/<file:name>", download, name="report-file"),
    path("reports/<ref:code>", ask, name="report-ask"),
]
