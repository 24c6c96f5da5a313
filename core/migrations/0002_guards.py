"""The guards of the record: append-only tables, the queue of the sealer, the first partitions, the doorbells."""

from django.db import migrations
from django.db.migrations.state import StateApps

from core.schema import AppendOnly, MakePartitions, Partitioning, QueueForSealing

FUNCTIONS = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION core_queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_unsealed (kind, object_id) SELECT TG_ARGV[0], id FROM fresh;
    RETURN NULL;
END $$;

CREATE FUNCTION core_refuse_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever with its keys: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;

-- Arguments: own columns, the table they refer to, its columns. A row with a null among its columns refers to nothing.
CREATE FUNCTION core_refuse_strangers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stranger text;
BEGIN
    -- A subquery as a value is looked up by index for each row, whatever the planner believes about the sizes.
    EXECUTE format(
        'SELECT (%1$s)::text FROM (SELECT DISTINCT %1$s FROM fresh WHERE (%1$s) IS NOT NULL) AS f'
        ' WHERE (SELECT true FROM %2$s AS t WHERE (%3$s) = (%4$s)) IS NULL LIMIT 1',
        TG_ARGV[0], TG_ARGV[1],
        't.' || array_to_string(string_to_array(TG_ARGV[2], ', '), ', t.'),
        'f.' || array_to_string(string_to_array(TG_ARGV[0], ', '), ', f.')
    ) INTO stranger;
    IF stranger IS NOT NULL THEN
        RAISE EXCEPTION '% of % is not in %', stranger, TG_TABLE_NAME, TG_ARGV[1]
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION core_ring_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('countinghouse_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_rings AFTER INSERT ON core_outboxmessage FOR EACH STATEMENT EXECUTE FUNCTION core_ring_outbox();

ALTER TABLE core_sealedrecord ADD CONSTRAINT seal_follows_its_predecessor
    FOREIGN KEY (prev_seq, prev_leaf_hash) REFERENCES core_sealedrecord (seal_seq, leaf_hash);
"""

BACKWARDS = """
ALTER TABLE core_sealedrecord DROP CONSTRAINT seal_follows_its_predecessor;
DROP TRIGGER outbox_rings ON core_outboxmessage;
DROP FUNCTION core_ring_outbox();
DROP FUNCTION core_refuse_strangers();
DROP FUNCTION core_refuse_end();
DROP FUNCTION core_queue_for_sealing();
DROP FUNCTION core_refuse_change();
"""


def make_seal_head(apps: StateApps, _schema_editor: object) -> None:
    """The chain begins with nothing: 64 zeros stand for the leaf before the first."""
    apps.get_model("core", "SealHead").objects.create(id=1, leaf_hash="0" * 64)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, BACKWARDS),
        migrations.RunPython(make_seal_head, migrations.RunPython.noop),
        MakePartitions("core_auditentry", Partitioning(by="MONTH")),
        AppendOnly("core_auditentry", "audit_entry_is_append_only"),
        AppendOnly("core_sealedrecord", "sealed_record_is_append_only"),
        QueueForSealing("core_auditentry", "AUDIT_ENTRY"),
    ]
