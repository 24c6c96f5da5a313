"""The guards of what was shown: file rows never change."""

from django.db import migrations

from core.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("core", "0002_guards")]

    operations = [AppendOnly("compliance_reportfile", "report_file_is_append_only")]
