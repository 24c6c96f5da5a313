"""The addresses of the record's screens."""

from django.urls import path

from compliance.pages.reports import ask, download, show_report_run, show_reports

urlpatterns = [
    path("reports", show_reports, name="reports"),
    path("reports/runs/<uuid:run_id>", show_report_run, name="report-run"),
    path("reports/runs/<uuid:run_id>/files/<str:name>", download, name="report-file"),
    path("reports/<str:code>", ask, name="report-ask"),
]
