"""What was shown: report runs, their files, and who took them."""

from compliance.models.report_download import ReportDownload
from compliance.models.report_file import ReportFile
from compliance.models.report_run import ReportRun

__all__ = ["ReportDownload", "ReportFile", "ReportRun"]
