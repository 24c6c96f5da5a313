"""The addresses of the record's screens."""

from django.urls import path

from compliance.pages.audit import download_proof, export_audit, show_audit, show_audit_entry
from compliance.pages.reports import ask, download, show_report_run, show_reports
from compliance.pages.statement import download_statement, reissue, show_client_statement
from compliance.pages.statements import issue, show_statements
from compliance.pages.status import show_status
from core.api import paths  # noqa: F401  (registers the path parts)

urlpatterns = [
    path("audit", show_audit, name="audit"),
    path("audit/export", export_audit, name="audit-export"),
    path("audit/<uuid:entry_id>", show_audit_entry, name="audit-entry"),
    path("audit/<uuid:entry_id>/proof", download_proof, name="audit-proof"),
    path("status", show_status, name="status"),
    path("reports", show_reports, name="reports"),
    path("reports/runs/<uuid:run_id>", show_report_run, name="report-run"),
    path("reports/runs/<uuid:run_id>/files/<file:name>", download, name="report-file"),
    path("reports/<ref:code>", ask, name="report-ask"),
    path("statements", show_statements, name="statements"),
    path("statements/issue", issue, name="statement-issue"),
    path("statements/<uuid:statement_id>", show_client_statement, name="statement"),
    path("statements/<uuid:statement_id>/reissue", reissue, name="statement-reissue"),
    path("statements/<uuid:statement_id>/content/<slug:kind>", download_statement, name="statement-content"),
]
