"""Internal transfers, manual journals, and that an entry is taken back once."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.ids
from core.schema import AppendOnly, ComposedKey, KeptForEver

GUARDS = """
CREATE FUNCTION settlement_note_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Unique whatever the months of the two entries: entry_is_reversed_once.
    INSERT INTO settlement_entryreversal (id, entry_id, reversal_id) VALUES (gen_random_uuid(), NEW.corrects_id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER reversal_is_noted AFTER INSERT ON settlement_entry FOR EACH ROW
    WHEN (NEW.corrects_id IS NOT NULL AND NEW.kind IN ('REVERSAL', 'DEPOSIT_REVERSED', 'TRADE_BUST'))
    EXECUTE FUNCTION settlement_note_reversal();

CREATE FUNCTION settlement_move_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('AWAITING_APPROVAL', 'EXECUTED') THEN
            PERFORM accounts_refuse_fact(TG_NAME, format('a transfer does not begin as %s', NEW.status));
        END IF;
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('AWAITING_APPROVAL', 'EXECUTED'), ('AWAITING_APPROVAL', 'REJECTED'), ('AWAITING_APPROVAL', 'CANCELLED'),
        ('AWAITING_APPROVAL', 'FAILED'), ('EXECUTED', 'REVERSED')
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, format('a transfer does not go from %s to %s', OLD.status, NEW.status));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfer_moves_forward BEFORE INSERT OR UPDATE ON settlement_internaltransfer
    FOR EACH ROW EXECUTE FUNCTION settlement_move_transfer();

CREATE FUNCTION settlement_ask_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r
        CROSS JOIN LATERAL jsonb_array_elements(r.payload -> 'transfers') t
        WHERE r.id = NEW.approval_id AND r.action = 'INTERNAL_TRANSFER' AND r.status IN ('APPROVED', 'EXECUTED')
            AND t ->> 'transfer_id' = NEW.id::text AND t ->> 'from_profile_id' = NEW.from_profile_id::text
            AND t ->> 'to_profile_id' = NEW.to_profile_id::text AND (t ->> 'amount')::numeric = NEW.amount
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'nobody approved this transfer');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER executed_transfer_was_approved BEFORE INSERT OR UPDATE OF status ON settlement_internaltransfer
    FOR EACH ROW WHEN (NEW.status = 'EXECUTED' AND NEW.approval_id IS NOT NULL)
    EXECUTE FUNCTION settlement_ask_transfer();

CREATE FUNCTION settlement_move_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'DRAFT' THEN
            PERFORM accounts_refuse_fact(TG_NAME, 'a journal begins as DRAFT');
        END IF;
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('DRAFT', 'SUBMITTED'), ('DRAFT', 'CANCELLED'), ('SUBMITTED', 'POSTED'), ('SUBMITTED', 'REJECTED'),
        ('SUBMITTED', 'CANCELLED'), ('POSTED', 'REVERSED')
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, format('a journal does not go from %s to %s', OLD.status, NEW.status));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_moves_forward BEFORE INSERT OR UPDATE ON settlement_manualjournal
    FOR EACH ROW EXECUTE FUNCTION settlement_move_journal();

-- Approved by others than who wrote it and who submitted it, over this very journal.
CREATE FUNCTION settlement_ask_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r
        WHERE r.id = NEW.approval_id AND r.action = 'MANUAL_JOURNAL' AND r.subject_id = NEW.id::text
            AND r.status IN ('APPROVED', 'EXECUTED') AND cardinality(r.approvers) > 0
            AND r.requested_by_id IS NOT DISTINCT FROM NEW.submitted_by_id
            AND coalesce(NEW.submitted_by_id <> ALL (r.approvers), true)
            AND coalesce(NEW.drafted_by_id <> ALL (r.approvers), true)
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'a journal is posted once others have approved it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER posted_journal_was_approved BEFORE INSERT OR UPDATE ON settlement_manualjournal
    FOR EACH ROW WHEN (NEW.status = 'POSTED') EXECUTE FUNCTION settlement_ask_journal();

CREATE FUNCTION settlement_refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever submits the journal holds its row.
    PERFORM 1 FROM settlement_manualjournal j WHERE j.id = NEW.journal_id AND j.status = 'DRAFT' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'what others see is not added to');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_line_is_drafted BEFORE INSERT ON settlement_journalline
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_late_line();
"""
UNGUARD = """
DROP TRIGGER journal_line_is_drafted ON settlement_journalline;
DROP FUNCTION settlement_refuse_late_line();
DROP TRIGGER posted_journal_was_approved ON settlement_manualjournal;
DROP FUNCTION settlement_ask_journal();
DROP TRIGGER journal_moves_forward ON settlement_manualjournal;
DROP FUNCTION settlement_move_journal();
DROP TRIGGER executed_transfer_was_approved ON settlement_internaltransfer;
DROP FUNCTION settlement_ask_transfer();
DROP TRIGGER transfer_moves_forward ON settlement_internaltransfer;
DROP FUNCTION settlement_move_transfer();
DROP TRIGGER reversal_is_noted ON settlement_entry;
DROP FUNCTION settlement_note_reversal();
"""
LEDGER = "settlement_ledgeraccount"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_books_duties"),
        ("settlement", "0012_business_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryReversal",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('entry', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.entry",
            )),
                ('reversal', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.entry",
            )),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("entry",), name="entry_is_reversed_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="InternalTransfer",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("client_reference", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("AWAITING_APPROVAL", "Awaiting Approval"),
                            ("EXECUTED", "Executed"),
                            ("REJECTED", "Rejected"),
                            ("CANCELLED", "Cancelled"),
                            ("FAILED", "Failed"),
                            ("REVERSED", "Reversed"),
                        ],
                        max_length=17,
                    ),
                ),
                ("batch_id", models.UUIDField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("value", models.DecimalField(decimal_places=18, max_digits=38, null=True)),
                ("value_price", models.DecimalField(decimal_places=18, max_digits=38, null=True)),
                ("requested_by_kind", models.CharField(max_length=10)),
                ("requested_by_id", models.UUIDField(null=True)),
                ("requested_at", models.DateTimeField()),
                ("approval_id", models.UUIDField(null=True)),
                ("executed_at", models.DateTimeField(null=True)),
                ("reason_code", models.CharField(blank=True, max_length=64)),
                ("version", models.BigIntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('asset', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.asset"
            )),
                ('from_profile', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers_out", to="accounts.profile"
            )),
                ('reverses', models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="settlement.internaltransfer",
            )),
                ('to_profile', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers_in", to="accounts.profile"
            )),
            ],
            options={
                'indexes': [
                    models.Index(fields=["to_profile", "id"], name="transfers_to_profile"),
                    models.Index(fields=["batch_id"], name="transfers_of_batch"),
                ],
                'constraints': [
                    models.UniqueConstraint(
                fields=("from_profile", "client_reference"), name="transfer_reference_is_unique"
            ),
                    models.UniqueConstraint(
                condition=models.Q(("status__in", ["AWAITING_APPROVAL", "EXECUTED"])),
                fields=("reverses",),
                name="transfer_is_reversed_once",
            ),
                    models.CheckConstraint(
                condition=models.Q(("from_profile", models.F("to_profile")), _negated=True),
                name="transfer_goes_elsewhere",
            ),
                    models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__gte", 0), ("amount__lt", Decimal("1E+20"))),
                name="transfer_moves_something",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("value__isnull", True), ("value_price__isnull", True)),
                    models.Q(
                        ("value__isnull", False),
                        ("value_price__isnull", False),
                        ("value__gte", 0),
                        ("value__lt", Decimal("1E+20")),
                        ("value_price__gte", 0),
                        ("value_price__lt", Decimal("1E+20")),
                    ),
                    _connector="OR",
                ),
                name="transfer_value_is_finite",
            ),
                    models.CheckConstraint(
                condition=models.Q(("client_reference__regex", "^[A-Za-z0-9._:-]{1,64}$")),
                name="transfer_reference_is_plain",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["AWAITING_APPROVAL", "EXECUTED", "REJECTED", "CANCELLED", "FAILED", "REVERSED"])
                ),
                name="transfer_status_is_known",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["EXECUTED", "REVERSED"]), ("approval_id__isnull", False), _connector="OR"
                ),
                name="waiting_transfer_has_approval",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("executed_at__isnull", False), ("status__in", ["EXECUTED", "REVERSED"])),
                    models.Q(
                        models.Q(("status__in", ["EXECUTED", "REVERSED"]), _negated=True), ("executed_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="executed_transfer_has_time",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "FAILED"), models.Q(("reason_code", ""), _negated=True)),
                    ("status", "CANCELLED"),
                    models.Q(models.Q(("status__in", ["FAILED", "CANCELLED"]), _negated=True), ("reason_code", "")),
                    _connector="OR",
                ),
                name="failed_transfer_has_code",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("reverses__isnull", True), models.Q(("reverses", models.F("id")), _negated=True), _connector="OR"
                ),
                name="transfer_does_not_reverse_itself",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("reverses__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="reversing_transfer_says_why",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalLine",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('asset', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="settlement.asset"
            )),
                ('destination', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.ledgeraccount",
            )),
                ('source', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="settlement.ledgeraccount",
            )),
            ],
        ),
        migrations.CreateModel(
            name="ManualJournal",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("CORRECTION", "Correction"),
                            ("COMPENSATION", "Compensation"),
                            ("BANK_CHARGE", "Bank Charge"),
                            ("BANK_INTEREST", "Bank Interest"),
                            ("NETWORK_COST", "Network Cost"),
                            ("BALANCE_ANOMALY", "Balance Anomaly"),
                            ("COVER", "Cover"),
                            ("WRITE_OFF", "Write Off"),
                            ("SWEEP", "Sweep"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("attachments", models.JSONField(default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("SUBMITTED", "Submitted"),
                            ("POSTED", "Posted"),
                            ("REJECTED", "Rejected"),
                            ("CANCELLED", "Cancelled"),
                            ("REVERSED", "Reversed"),
                        ],
                        default="DRAFT",
                        max_length=9,
                    ),
                ),
                ("drafted_by_kind", models.CharField(max_length=10)),
                ("drafted_by_id", models.UUIDField(null=True)),
                ("drafted_at", models.DateTimeField()),
                ("submitted_by_id", models.UUIDField(null=True)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("approval_id", models.UUIDField(null=True)),
                ("value", models.DecimalField(decimal_places=18, max_digits=38, null=True)),
                ("posted_at", models.DateTimeField(null=True)),
                ("reason_code", models.CharField(blank=True, max_length=64)),
                ("version", models.BigIntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reverses', models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="settlement.manualjournal",
            )),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(("reason__regex", "\\S")), name="journal_has_reason"),
                    models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        [
                            "CORRECTION",
                            "COMPENSATION",
                            "BANK_CHARGE",
                            "BANK_INTEREST",
                            "NETWORK_COST",
                            "BALANCE_ANOMALY",
                            "COVER",
                            "WRITE_OFF",
                            "SWEEP",
                        ],
                    )
                ),
                name="journal_category_is_known",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["DRAFT", "SUBMITTED", "POSTED", "REJECTED", "CANCELLED", "REVERSED"])
                ),
                name="journal_status_is_known",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approval_id__isnull", False),
                        ("status__in", ["SUBMITTED", "POSTED", "REJECTED", "REVERSED"]),
                        ("submitted_at__isnull", False),
                        ("value__isnull", False),
                    ),
                    models.Q(("approval_id__isnull", True), ("status", "DRAFT"), ("submitted_at__isnull", True)),
                    ("status", "CANCELLED"),
                    _connector="OR",
                ),
                name="submitted_journal_has_approval",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("posted_at__isnull", False), ("status__in", ["POSTED", "REVERSED"])),
                    models.Q(
                        models.Q(("status__in", ["POSTED", "REVERSED"]), _negated=True), ("posted_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="posted_journal_has_time",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True),
                    models.Q(("value__isnull", False), ("value__gte", 0), ("value__lt", Decimal("1E+20"))),
                    _connector="OR",
                ),
                name="journal_value_is_finite",
            ),
                    models.UniqueConstraint(
                condition=models.Q(("status__in", ["DRAFT", "SUBMITTED", "POSTED"])),
                fields=("reverses",),
                name="journal_is_reversed_once",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("reverses__isnull", True), models.Q(("reverses", models.F("id")), _negated=True), _connector="OR"
                ),
                name="journal_does_not_reverse_itself",
            ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "REVERSAL"), _negated=True), ("corrects__isnull", False), _connector="OR"
                ),
                name="reversal_names_its_entry",
            ),
        ),
        migrations.AddField(
            model_name="journalline",
            name="journal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="settlement.manualjournal"
            ),
        ),
        migrations.AddConstraint(
            model_name="journalline",
            constraint=models.UniqueConstraint(fields=("journal", "number"), name="journal_line_number_is_used_once"),
        ),
        migrations.AddConstraint(
            model_name="journalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__gte", 0), ("amount__lt", Decimal("1E+20"))),
                name="journal_line_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="journalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("destination")), _negated=True),
                name="journal_line_goes_elsewhere",
            ),
        ),
        ComposedKey(
            "settlement_journalline",
            "source_id, asset_id",
            LEDGER,
            "id, asset_id",
            "journal_line_source_is_in_its_asset",
        ),
        ComposedKey(
            "settlement_journalline",
            "destination_id, asset_id",
            LEDGER,
            "id, asset_id",
            "journal_line_destination_is_in_its_asset",
        ),
        AppendOnly("settlement_journalline", "journal_line_is_append_only"),
        AppendOnly("settlement_entryreversal", "entry_reversal_is_append_only"),
        KeptForEver(
            "settlement_internaltransfer",
            "id, from_profile_id, to_profile_id, asset_id, amount, client_reference, reverses_id, batch_id",
            "transfer_is_kept",
        ),
        KeptForEver(
            "settlement_manualjournal",
            "id, category, reason, attachments, reverses_id, drafted_by_id",
            "journal_is_kept",
        ),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
