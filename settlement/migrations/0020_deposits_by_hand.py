"""What an operator enters by hand, others approve, of this very payment; what the house opened with is told apart from it."""

import django.db.models.deletion
from django.db import migrations, models


GUARD = """
CREATE FUNCTION settlement_ask_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r
        WHERE r.id = NEW.entry_approval_id AND r.action = 'DEPOSIT_ENTRY'
            AND r.payload ->> 'deposit_id' = NEW.id::text AND r.payload ->> 'profile_id' = NEW.profile_id::text
            AND r.payload ->> 'omnibus_id' = NEW.omnibus_id::text AND (r.payload ->> 'amount')::numeric = NEW.amount
            AND r.payload ->> 'outside_reference' = NEW.outside_reference
            AND r.status IN ('APPROVED', 'EXECUTED') AND cardinality(r.approvers) > 0
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'a deposit is entered by hand once others have approved it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entered_deposit_was_approved BEFORE INSERT ON settlement_deposit
    FOR EACH ROW WHEN (NEW.source = 'OPERATOR') EXECUTE FUNCTION settlement_ask_entry();
"""
UNGUARD = """
DROP TRIGGER entered_deposit_was_approved ON settlement_deposit;
DROP FUNCTION settlement_ask_entry();
"""
# Those that nobody entered: whoever set the house up brought them.
OPENING = """
ALTER TABLE settlement_deposit DISABLE TRIGGER deposit_is_kept_key;
UPDATE settlement_deposit SET source = 'OPENING'
WHERE source = 'OPERATOR' AND status IN ('CREDITED', 'REVERSED') AND screening <> 'CLEAR' AND credited_by IS NULL;
ALTER TABLE settlement_deposit ENABLE TRIGGER deposit_is_kept_key;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0026_deposit_entry'),
        ('settlement', '0019_superseded_terms'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='deposit',
            name='deposit_source_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='deposit',
            name='credited_deposit_was_screened',
        ),
        migrations.AddField(
            model_name='deposit',
            name='confirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deposit',
            name='entry_approval',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entered_deposits', to='accounts.approvalrequest'),
        ),
        migrations.AlterField(
            model_name='deposit',
            name='source',
            field=models.CharField(choices=[('OPENING', 'Opening'), ('OPERATOR', 'Operator'), ('BANK', 'Bank'), ('CHAIN', 'Chain')], default='OPENING', max_length=8),
        ),
        migrations.RunSQL(OPENING, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ('OPENING', 'OPERATOR', 'BANK', 'CHAIN'))), name='deposit_source_is_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('CREDITED', 'REVERSED')), _negated=True), ('source', 'OPENING'), ('screening', 'CLEAR'), ('credited_by__isnull', False), _connector='OR'), name='credited_deposit_was_screened'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
