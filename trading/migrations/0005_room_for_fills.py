"""Room on the page for orders that fill in parts: a fill changes no index, so its new version can stay beside the old one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("trading", "0004_known_kinds")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE trading_order SET (fillfactor = 75)", "ALTER TABLE trading_order RESET (fillfactor)"
        )
    ]
