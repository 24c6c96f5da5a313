from django.urls import path

from compliance.api.audit_entries import AuditEntriesView
from compliance.api.report_file import ReportFileView
from compliance.api.report_run import ReportRunView
from compliance.api.report_runs import ReportRunsView
from compliance.api.reports import ReportsView
from compliance.api.statements import StatementContentView, StatementsView, StatementView
from core.api import paths  # noqa: F401  (registers the path parts)

urlpatterns = [
    path("firm/audit-entries", AuditEntriesView.as_view(), name="firm-audit-entries"),
    path("reports", ReportsView.as_view(), name="reports"),
    path("report-runs", ReportRunsView.as_view(), name="report-runs"),
    path("report-runs/<uuid:run_id>", ReportRunView.as_view(), name="report-run"),
    path("report-runs/<uuid:run_id>/files/<file:name>", ReportFileView.as_view(), name="report-file"),
    path("statements", StatementsView.as_view(), name="statements"),
    path("statements/<uuid:statement_id>", StatementView.as_view(), name="statement"),
    path("statements/<uuid:statement_id>/content", StatementContentView.as_view(), name="statement-content"),
]
