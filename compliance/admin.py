"""Reports in the break-glass admin: shown, never changed."""

from django.contrib import admin

from compliance.models import ReportDownload, ReportFile, ReportRun
from core.admin import ShownAdmin

admin.site.register([ReportDownload, ReportFile, ReportRun], ShownAdmin)
