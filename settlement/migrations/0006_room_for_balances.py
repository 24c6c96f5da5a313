"""Room on the page for balances that change all day; an index less where another begins with the same column."""

from django.db import migrations

# Half of each page is kept free: a balance changes no index, so its new version stays beside the old one and no index is written.
ROOM = "ALTER TABLE settlement_ledgeraccount SET (fillfactor = 50)"
NO_ROOM = "ALTER TABLE settlement_ledgeraccount RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("settlement", "0005_known_kinds")]

    operations = [
        migrations.RunSQL(ROOM, NO_ROOM),
        # event_is_posted_once begins with source_id in every part.
        migrations.RemoveIndex(model_name="entry", name="entry_of_source"),
    ]
