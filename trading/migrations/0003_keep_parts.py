"""Each part refuses TRUNCATE as its table does."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("trading", "0002_guards"), ("core", "0003_make_parts")]

    operations = [migrations.RunSQL("SELECT core_make_parts(now())", migrations.RunSQL.noop)]
