"""Rails, fees and limits change by dated rows that name the request which brought them; a cooling-off ends early by one."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models

from core.ids import new_id
from core.schema import AppendOnly

TERMS = ("confirmations", "min_deposit", "min_withdrawal", "cut_off", "enabled")


def bring_first_changes(apps, schema_editor):
    """What a rail asks for now is what it has asked for since it was opened."""
    change = apps.get_model("settlement", "RailChange")
    for rail in apps.get_model("settlement", "Rail").objects.filter(change=None):
        terms = {name: getattr(rail, name) for name in TERMS}
        rail.change = change.objects.create(id=new_id(), rail=rail, in_force_from=rail.created_at, **terms)
        rail.save(update_fields=["change"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_terms_duties'),
        ('settlement', '0015_client_statements'),
    ]

    operations = [
        migrations.CreateModel(
            name='RailChange',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('confirmations', models.PositiveSmallIntegerField()),
                ('min_deposit', models.DecimalField(decimal_places=18, max_digits=38)),
                ('min_withdrawal', models.DecimalField(decimal_places=18, max_digits=38)),
                ('cut_off', models.TimeField(blank=True, null=True)),
                ('enabled', models.BooleanField()),
                ('in_force_from', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='destination',
            name='destination_terms_are_frozen',
        ),
        migrations.AddField(
            model_name='destination',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='withdrawalfee',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='withdrawallimit',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destination',
            trigger=pgtrigger.compiler.Trigger(name='destination_terms_are_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.status = 'REMOVED' OR to_jsonb(OLD) - '{status,usable_from,approval_id,removed_at,version,updated_at}'::text[] <> to_jsonb(NEW) - '{status,usable_from,approval_id,removed_at,version,updated_at}'::text[] THEN\n                        RAISE EXCEPTION 'the terms of destination % never change', OLD.id\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'destination_terms_are_frozen';\n                    END IF;\n                    RETURN NEW;\n                ", hash='8fc5a66feef0d88290e89cb308170b1f2d8b9487', operation='UPDATE', pgid='pgtrigger_destination_terms_are_frozen_c20d4', table='settlement_destination', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destination',
            trigger=pgtrigger.compiler.Trigger(name='early_destination_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."usable_from" IS DISTINCT FROM (NEW."usable_from"))', constraint='CONSTRAINT', func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id\n                            AND r.action = 'DESTINATION_ADD' AND r.status = 'EXECUTED' AND r.subject_id = NEW.id::text\n                    ) THEN\n                        RAISE EXCEPTION 'nobody approved that destination % be used earlier', OLD.id\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'early_destination_was_approved';\n                    END IF;\n                    RETURN NULL;\n                ", hash='44ad8437d8e4136d28b2bf495788e04be8ed67af', operation='UPDATE', pgid='pgtrigger_early_destination_was_approved_2f64a', table='settlement_destination', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rail',
            trigger=pgtrigger.compiler.Trigger(name='rail_follows_its_changes', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF (OLD.confirmations, OLD.min_deposit, OLD.min_withdrawal, OLD.cut_off, OLD.enabled)\n                        IS DISTINCT FROM (NEW.confirmations, NEW.min_deposit, NEW.min_withdrawal, NEW.cut_off, NEW.enabled)\n                    AND NOT EXISTS (\n                        SELECT 1 FROM settlement_railchange c WHERE c.id = NEW.change_id AND c.rail_id = NEW.id\n                            AND (c.confirmations, c.min_deposit, c.min_withdrawal, c.cut_off, c.enabled)\n                            IS NOT DISTINCT FROM (NEW.confirmations, NEW.min_deposit, NEW.min_withdrawal, NEW.cut_off, NEW.enabled)\n                    ) THEN\n                        RAISE EXCEPTION 'rail % has other terms than its change says', OLD.id\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'rail_follows_its_changes';\n                    END IF;\n                    RETURN NEW;\n                ", hash='10011f38839b41eba31002675b7d1621f8dc8680', operation='UPDATE', pgid='pgtrigger_rail_follows_its_changes_2131f', table='settlement_rail', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='withdrawalfee',
            trigger=pgtrigger.compiler.Trigger(name='withdrawal_fee_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."approval_id" IS NOT NULL)', constraint='CONSTRAINT', func="\n            IF NOT EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->>'fee_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text\n                    AND nullif(r.payload->>'fee', '')::numeric = NEW.fee\n            ) THEN\n                RAISE EXCEPTION 'request % does not say this', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_fee_was_approved';\n            END IF;\n            RETURN NULL;\n        ", hash='964291f916bdc1295e0d8ec809641550f9e5744f', operation='INSERT', pgid='pgtrigger_withdrawal_fee_was_approved_3eec4', table='settlement_withdrawalfee', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='withdrawallimit',
            trigger=pgtrigger.compiler.Trigger(name='withdrawal_limit_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."approval_id" IS NOT NULL)', constraint='CONSTRAINT', func='\n            IF NOT EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = \'LIMIT_CHANGE\' AND r.status = \'EXECUTED\' AND r.payload->>\'limit_id\' = NEW.id::text AND r.payload->>\'scope\' = NEW.scope\n                    AND nullif(r.payload->>\'scope_id\', \'\')::uuid IS NOT DISTINCT FROM NEW.scope_id\n                    AND r.payload->>\'window\' = NEW."window"\n                    AND nullif(r.payload->>\'value\', \'\')::numeric IS NOT DISTINCT FROM NEW.value\n            ) THEN\n                RAISE EXCEPTION \'request % does not say this\', NEW.approval_id\n                    USING ERRCODE = \'check_violation\', CONSTRAINT = \'withdrawal_limit_was_approved\';\n            END IF;\n            RETURN NULL;\n        ', hash='261f923ffce85a00cfa959ff901c52976f5240e3', operation='INSERT', pgid='pgtrigger_withdrawal_limit_was_approved_c3cdf', table='settlement_withdrawallimit', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddField(
            model_name='railchange',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='railchange',
            name='rail',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='settlement.rail'),
        ),
        migrations.AddField(
            model_name='rail',
            name='change',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.railchange'),
        ),
        migrations.AddConstraint(
            model_name='railchange',
            constraint=models.UniqueConstraint(fields=('rail', 'in_force_from'), name='one_rail_change_in_force'),
        ),
        migrations.AddConstraint(
            model_name='railchange',
            constraint=models.CheckConstraint(condition=models.Q(('min_deposit__gte', 0), ('min_deposit__lt', Decimal('1E+20')), ('min_withdrawal__gte', 0), ('min_withdrawal__lt', Decimal('1E+20'))), name='rail_change_is_finite'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='railchange',
            trigger=pgtrigger.compiler.Trigger(name='rail_change_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."approval_id" IS NOT NULL)', constraint='CONSTRAINT', func="\n            IF NOT EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->>'change_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text\n                    AND r.payload->>'confirmations' = NEW.confirmations::text\n                    AND (r.payload->>'min_deposit')::numeric = NEW.min_deposit\n                    AND (r.payload->>'min_withdrawal')::numeric = NEW.min_withdrawal\n                    AND nullif(r.payload->>'cut_off', '')::time IS NOT DISTINCT FROM NEW.cut_off\n                    AND r.payload->>'enabled' = CASE WHEN NEW.enabled THEN 'yes' ELSE 'no' END\n            ) THEN\n                RAISE EXCEPTION 'request % does not say this', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'rail_change_was_approved';\n            END IF;\n            RETURN NULL;\n        ", hash='fae01cd1cf82210fd4fb146b5a31045eda7da533', operation='INSERT', pgid='pgtrigger_rail_change_was_approved_e6f9c', table='settlement_railchange', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        AppendOnly("settlement_railchange", "rail_change_is_append_only"),
        migrations.RunPython(bring_first_changes, migrations.RunPython.noop),
    ]
