"""The guards of the books: append-only entries and postings, one asset a posting, seals, the first partitions."""

from django.db import migrations

from core.schema import AppendOnly, MakePartitions, Partitioning, QueueForSealing

# A posting's accounts are in its own asset, and none of the three can be deleted away from under it.
ONE_ASSET = """
ALTER TABLE settlement_posting
    ADD CONSTRAINT posting_source_is_in_its_asset
        FOREIGN KEY (source_id, asset_id) REFERENCES settlement_ledgeraccount (id, asset_id),
    ADD CONSTRAINT posting_destination_is_in_its_asset
        FOREIGN KEY (destination_id, asset_id) REFERENCES settlement_ledgeraccount (id, asset_id);
"""
ONE_ASSET_BACKWARDS = """
ALTER TABLE settlement_posting
    DROP CONSTRAINT posting_source_is_in_its_asset,
    DROP CONSTRAINT posting_destination_is_in_its_asset;
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial"), ("core", "0002_guards")]

    operations = [
        migrations.RunSQL(ONE_ASSET, ONE_ASSET_BACKWARDS),
        migrations.RunSQL(
            "ALTER SEQUENCE settlement_posting_id_seq OWNED BY settlement_posting.id", migrations.RunSQL.noop
        ),
        MakePartitions(
            "settlement_entry",
            Partitioning(by="MONTH", unique={"event_is_posted_once": ("source_id", "kind", "source_type")}),
        ),
        MakePartitions("settlement_posting", Partitioning(by="NUMBER")),
        AppendOnly("settlement_entry", "entry_is_append_only"),
        AppendOnly("settlement_posting", "posting_is_append_only"),
        QueueForSealing("settlement_entry", "LEDGER_ENTRY"),
    ]
