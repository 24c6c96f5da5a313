"""Deposits from detection to reversal, where they come in, and how far the feeds of arrivals are read."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.ids
from core.schema import AppendOnly, KeptForEver

GUARDS = """
CREATE FUNCTION settlement_move_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('DETECTED', 'UNDER_REVIEW', 'CREDITED') THEN
            PERFORM accounts_refuse_fact(TG_NAME, format('a deposit does not begin as %s', NEW.status));
        END IF;
    ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('DETECTED', 'CREDITED'), ('DETECTED', 'UNDER_REVIEW'), ('DETECTED', 'FAILED'), ('FAILED', 'DETECTED'),
        ('UNDER_REVIEW', 'CREDITED'), ('UNDER_REVIEW', 'RETURNING'), ('RETURNING', 'RETURNED'), ('CREDITED', 'REVERSED')
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, format('a deposit does not go from %s to %s', OLD.status, NEW.status));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deposit_moves_forward BEFORE INSERT OR UPDATE ON settlement_deposit
    FOR EACH ROW EXECUTE FUNCTION settlement_move_deposit();

CREATE TRIGGER deposit_has_one_owner BEFORE UPDATE OF profile_id ON settlement_deposit
    FOR EACH ROW WHEN (OLD.profile_id IS NOT NULL AND OLD.profile_id IS DISTINCT FROM NEW.profile_id)
    EXECUTE FUNCTION core_refuse_end();

-- Approved by others than who asked, over this very deposit.
CREATE FUNCTION settlement_ask_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r
        WHERE r.id = NEW.approval_id AND r.action = 'DEPOSIT_REVERSAL' AND r.subject_id = NEW.id::text
            AND r.status IN ('APPROVED', 'EXECUTED') AND cardinality(r.approvers) > 0
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'a deposit is reversed once others have approved it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reversed_deposit_was_approved BEFORE INSERT OR UPDATE OF status ON settlement_deposit
    FOR EACH ROW WHEN (NEW.status = 'REVERSED') EXECUTE FUNCTION settlement_ask_reversal();

CREATE TRIGGER arrival_cursor_never_goes_back BEFORE UPDATE ON settlement_arrivalcursor
    FOR EACH ROW WHEN (NEW.position < OLD.position OR NEW.feed <> OLD.feed) EXECUTE FUNCTION core_refuse_end();
"""
UNGUARD = """
DROP TRIGGER arrival_cursor_never_goes_back ON settlement_arrivalcursor;
DROP TRIGGER reversed_deposit_was_approved ON settlement_deposit;
DROP FUNCTION settlement_ask_reversal();
DROP TRIGGER deposit_has_one_owner ON settlement_deposit;
DROP TRIGGER deposit_moves_forward ON settlement_deposit;
DROP FUNCTION settlement_move_deposit();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_withdrawal_duties'),
        ('settlement', '0013_transfers_and_journals'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivalCursor',
            fields=[
                ('feed', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(default=0)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='ArrivalRefusal',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('feed', models.CharField(max_length=32)),
                ('position', models.BigIntegerField()),
                ('reference', models.CharField(max_length=64)),
                ('rail_code', models.CharField(max_length=40)),
                ('amount', models.CharField(max_length=64)),
                ('code', models.CharField(max_length=64)),
                ('detail', models.CharField(max_length=300)),
                ('refused_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='DepositInstruction',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('address', models.CharField(max_length=128)),
                ('memo', models.CharField(blank=True, max_length=64)),
                ('number', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('RETIRED', 'Retired')], default='ACTIVE', max_length=7)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.UUIDField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('version', models.BigIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_status_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_review_reason_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_not_credited_has_review_reason',
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='credited_deposit_has_time',
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_reference_is_plain',
        ),
        migrations.AddField(
            model_name='deposit',
            name='address',
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AddField(
            model_name='deposit',
            name='approval',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='confirmations_seen',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='deposit',
            name='final_at',
            field=models.DateTimeField(null=True),
        ),
        # Until now a deposit was entered when it was in the bank.
        migrations.RunSQL("UPDATE settlement_deposit SET final_at = received_at", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='deposit',
            name='information_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='deposit',
            name='informed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='memo',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='deposit',
            name='rail',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='settlement.rail'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='recall_reference',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='deposit',
            name='recalled_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='reversed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='screening',
            field=models.CharField(blank=True, choices=[('PENDING', 'Pending'), ('CLEAR', 'Clear'), ('HIT', 'Hit')], max_length=7),
        ),
        migrations.AddField(
            model_name='deposit',
            name='screening_words',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='deposit',
            name='sender_address',
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddField(
            model_name='deposit',
            name='sender_subject_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='sender_vasp',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='deposit',
            name='source',
            field=models.CharField(choices=[('OPERATOR', 'Operator'), ('BANK', 'Bank'), ('CHAIN', 'Chain')], default='OPERATOR', max_length=8),
        ),
        migrations.AddField(
            model_name='deposit',
            name='tx_hash',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='deposit',
            name='value',
            field=models.DecimalField(decimal_places=18, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='value_price',
            field=models.DecimalField(decimal_places=18, max_digits=38, null=True),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='profile',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='accounts.profile'),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='review_reason',
            field=models.CharField(blank=True, choices=[('UNATTRIBUTED', 'Unattributed'), ('TRAVEL_RULE', 'Travel Rule'), ('SCREENING', 'Screening'), ('PERMISSION', 'Permission'), ('BELOW_MINIMUM', 'Below Minimum')], max_length=13),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='status',
            field=models.CharField(choices=[('DETECTED', 'Detected'), ('UNDER_REVIEW', 'Under Review'), ('CREDITED', 'Credited'), ('RETURNING', 'Returning'), ('RETURNED', 'Returned'), ('REVERSED', 'Reversed'), ('FAILED', 'Failed')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='arrivalcursor',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 0)), name='arrival_cursor_counts'),
        ),
        migrations.AddConstraint(
            model_name='arrivalcursor',
            constraint=models.CheckConstraint(condition=models.Q(('feed__regex', '^[A-Z0-9_]{1,32}$')), name='arrival_feed_is_plain'),
        ),
        migrations.AddField(
            model_name='arrivalrefusal',
            name='deposit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='arrival_refusals', to='settlement.deposit'),
        ),
        migrations.AddField(
            model_name='depositinstruction',
            name='profile',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposit_instructions', to='accounts.profile'),
        ),
        migrations.AddField(
            model_name='depositinstruction',
            name='rail',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposit_instructions', to='settlement.rail'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='instruction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='settlement.depositinstruction'),
        ),
        migrations.AddIndex(
            model_name='deposit',
            index=models.Index(fields=['status', 'review_reason', 'id'], name='deposit_by_status'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('DETECTED', 'UNDER_REVIEW', 'CREDITED', 'RETURNING', 'RETURNED', 'REVERSED', 'FAILED'))), name='deposit_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ('OPERATOR', 'BANK', 'CHAIN'))), name='deposit_source_is_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('screening__in', ('', 'PENDING', 'CLEAR', 'HIT'))), name='deposit_screening_is_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('review_reason__in', ['', 'UNATTRIBUTED', 'TRAVEL_RULE', 'SCREENING', 'PERMISSION', 'BELOW_MINIMUM'])), name='deposit_review_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('CREDITED', 'REVERSED')), models.Q(('review_reason', ''), ('status__in', ('DETECTED', 'FAILED'))), models.Q(('status__in', ('UNDER_REVIEW', 'RETURNING', 'RETURNED')), models.Q(('review_reason', ''), _negated=True)), _connector='OR'), name='deposit_not_credited_has_review_reason'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('DETECTED', 'FAILED')), models.Q(('profile__isnull', False), ('status__in', ('CREDITED', 'REVERSED'))), models.Q(('profile__isnull', True), ('review_reason', 'UNATTRIBUTED'), ('status__in', ('UNDER_REVIEW', 'RETURNING', 'RETURNED'))), models.Q(('profile__isnull', False), ('status__in', ('UNDER_REVIEW', 'RETURNING', 'RETURNED')), models.Q(('review_reason', 'UNATTRIBUTED'), _negated=True)), _connector='OR'), name='credited_deposit_has_profile'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('final_at__isnull', True), ('status__in', ('DETECTED', 'FAILED'))), models.Q(models.Q(('status__in', ('DETECTED', 'FAILED')), _negated=True), ('final_at__isnull', False)), _connector='OR'), name='final_deposit_has_time'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credited_at__isnull', False), ('status__in', ('CREDITED', 'REVERSED'))), models.Q(models.Q(('status__in', ('CREDITED', 'REVERSED')), _negated=True), ('credited_at__isnull', True), ('credited_by__isnull', True)), _connector='OR'), name='credited_deposit_has_time'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('CREDITED', 'REVERSED')), _negated=True), ('source', 'OPERATOR'), ('screening', 'CLEAR'), ('credited_by__isnull', False), _connector='OR'), name='credited_deposit_was_screened'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approval__isnull', False), ('reversed_at__isnull', False), ('status', 'REVERSED')), models.Q(models.Q(('status', 'REVERSED'), _negated=True), ('reversed_at__isnull', True)), _connector='OR'), name='reversed_deposit_has_approval'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recall_reference', ''), ('recalled_at__isnull', True)), models.Q(('recalled_at__isnull', False), models.Q(('status__in', ('DETECTED', 'FAILED')), _negated=True)), _connector='OR'), name='recalled_deposit_was_final'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('information_sha256', ''), ('informed_at__isnull', True)), models.Q(('information_sha256__regex', '^[0-9a-f]{64}$'), ('informed_at__isnull', False), ('sender_subject_id__isnull', False)), _connector='OR'), name='informed_deposit_has_sender'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('value__isnull', True), models.Q(('value__gte', 0), ('value__lt', Decimal('1E+20'))), _connector='OR'), models.Q(('value_price__isnull', True), models.Q(('value_price__gte', 0), ('value_price__lt', Decimal('1E+20'))), _connector='OR'), models.Q(models.Q(('value__isnull', True), ('value_price__isnull', True)), models.Q(('value__isnull', False), ('value_price__isnull', False)), _connector='OR')), name='deposit_value_is_finite'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('outside_reference__regex', '^[A-Za-z0-9._:-]{1,64}$'), ('return_reference__regex', '^[A-Za-z0-9._:-]{0,64}$'), ('recall_reference__regex', '^[A-Za-z0-9._:-]{0,64}$')), name='deposit_reference_is_plain'),
        ),
        migrations.AddConstraint(
            model_name='arrivalrefusal',
            constraint=models.UniqueConstraint(fields=('feed', 'position'), name='arrival_is_refused_once'),
        ),
        migrations.AddConstraint(
            model_name='arrivalrefusal',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Za-z0-9._:-]{1,64}$')), name='arrival_refusal_has_code'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.UniqueConstraint(fields=('rail', 'address', 'memo'), name='deposit_address_has_one_owner'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ACTIVE')), fields=('profile', 'rail'), name='profile_has_one_deposit_address'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.UniqueConstraint(fields=('profile', 'rail', 'number'), name='deposit_address_is_issued_once'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.CheckConstraint(condition=models.Q(('address', ''), _negated=True), name='deposit_instruction_has_address'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'RETIRED'])), name='deposit_instruction_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='depositinstruction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retired_at__isnull', False), ('status', 'RETIRED')), models.Q(models.Q(('status', 'RETIRED'), _negated=True), ('retired_at__isnull', True)), _connector='OR'), name='retired_deposit_instruction_has_time'),
        ),
        KeptForEver("settlement_deposit", "id, omnibus_id, amount, outside_reference, source", "deposit_is_kept"),
        KeptForEver(
            "settlement_depositinstruction", "id, profile_id, rail_id, address, memo, number", "deposit_instruction_is_kept"
        ),
        AppendOnly("settlement_arrivalrefusal", "arrival_refusal_is_append_only"),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
