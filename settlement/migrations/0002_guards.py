"""The guards of the books: append-only entries and postings, one asset a posting, seals, the first partitions."""

from django.db import migrations

from core.schema import AppendOnly, KeptForEver, MakePartitions, Partitioning, QueueForSealing, RefersTo

class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial"), ("core", "0002_guards")]

    operations = [
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
        # A posting's accounts are in its own asset, and none of the three can be deleted away from under it.
        KeptForEver("settlement_ledgeraccount", "id, asset_id", "ledger_account_is_kept"),
        RefersTo(
            "settlement_posting", "source_id, asset_id", "settlement_ledgeraccount", "id, asset_id",
            "posting_source_is_in_its_asset",
        ),
        RefersTo(
            "settlement_posting", "destination_id, asset_id", "settlement_ledgeraccount", "id, asset_id",
            "posting_destination_is_in_its_asset",
        ),
        RefersTo("settlement_posting", "entry_id", "settlement_entry", "id", "posting_has_its_entry"),
        QueueForSealing("settlement_entry", "LEDGER_ENTRY"),
    ]
