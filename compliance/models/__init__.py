"""What was shown: report runs, their files, and who took them; and what the house found when it looked at itself."""

from compliance.models.check_run import CheckRun
from compliance.models.report_download import ReportDownload
from compliance.models.report_file import ReportFile
from compliance.models.report_run import ReportRun

__all__ = ["CheckRun", "ReportDownload", "ReportFile", "ReportRun"]
