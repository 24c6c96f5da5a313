"""Each part refuses TRUNCATE as its table does."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("settlement", "0003_reconciliation"), ("core", "0003_make_parts")]

    operations = [migrations.RunSQL("SELECT core_make_parts(now())", migrations.RunSQL.noop)]
