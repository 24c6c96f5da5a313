"""Schedules from a moment on, who trades under which, and the volumes that tiers go by."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models

from core.schema import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0027_fee_policies'),
        ('trading', '0011_quotes'),
    ]

    operations = [
        migrations.CreateModel(
            name='EntityVolume',
            fields=[
                ('entity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='accounts.entity')),
                ('value', models.DecimalField(decimal_places=18, max_digits=38)),
                ('measured_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='FeeAssignment',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('schedule_name', models.CharField(blank=True, max_length=64)),
                ('in_force_from', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='FeePlan',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='TradedVolume',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('business_date', models.DateField()),
                ('value', models.DecimalField(decimal_places=18, max_digits=38)),
            ],
        ),
        migrations.CreateModel(
            name='VolumeCount',
            fields=[
                ('market', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='trading.market')),
                ('sequence', models.BigIntegerField(default=0)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feeschedule',
            name='feeschedule_inserted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feeschedule',
            name='feeschedule_updated',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feeschedule',
            name='feeschedule_deleted',
        ),
        migrations.AddField(
            model_name='feeschedule',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='feeschedule',
            name='in_force_from',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name='feeschedulehistory',
            name='approval',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='feeschedulehistory',
            name='in_force_from',
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='fee_schedule_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN (NEW.schedule_version = 1) OR coalesce((SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'FEE_SCHEDULE' ORDER BY p.policy_version DESC LIMIT 1), false)\n            ELSE EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'FEE_SCHEDULE' AND r.status = 'EXECUTED' AND r.payload->>'schedule_id' = NEW.id::text AND r.payload->>'name' = NEW.name\n                    AND r.payload->>'schedule_version' = NEW.schedule_version::text\n                    AND r.payload->>'fee_scale' = NEW.fee_scale::text\n                    AND jsonb_array_length(r.payload->'tiers')\n                        = (SELECT count(*) FROM trading_feetier t WHERE t.schedule_id = NEW.id)\n            ) END) THEN\n                RAISE EXCEPTION 'no request says this: %', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_schedule_was_approved';\n            END IF;\n            RETURN NULL;\n        ", hash='3fd575ac5aeee5341f0679f57b525a941eacfb0f', operation='INSERT', pgid='pgtrigger_fee_schedule_was_approved_16e16', table='trading_feeschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='schedule_has_rates_from_nothing', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n                    IF NOT EXISTS (SELECT 1 FROM trading_feetier t WHERE t.schedule_id = NEW.id AND t.from_volume = 0) THEN\n                        RAISE EXCEPTION 'schedule % says nothing of who has not traded', NEW.name\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'schedule_has_rates_from_nothing';\n                    END IF;\n                    RETURN NULL;\n                ", hash='85afedd464722f6eef93a31eb09013320d4ed9f6', operation='INSERT', pgid='pgtrigger_schedule_has_rates_from_nothing_d4b24', table='trading_feeschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='feeschedule_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."schedule_version", NEW."fee_scale", NEW."in_force_from", NEW."approval_id", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='0710be1dde28af7ed13657bbe483f3f163489b4a', operation='INSERT', pgid='pgtrigger_feeschedule_inserted_7d266', table='trading_feeschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='feeschedule_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', constraint='CONSTRAINT', func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."schedule_version", NEW."fee_scale", NEW."in_force_from", NEW."approval_id", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='d51c425395ffcd60fc6971521aa170dc6e7c4f3b', operation='UPDATE', pgid='pgtrigger_feeschedule_updated_f5bec', table='trading_feeschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeschedule',
            trigger=pgtrigger.compiler.Trigger(name='feeschedule_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."name", OLD."schedule_version", OLD."fee_scale", OLD."in_force_from", OLD."approval_id", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='b30485ee5c4be2c4e490248c3c39f858b928de4d', operation='DELETE', pgid='pgtrigger_feeschedule_deleted_eeb94', table='trading_feeschedule', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feetier',
            trigger=pgtrigger.compiler.Trigger(name='fee_tier_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n                    IF EXISTS (\n                        SELECT 1 FROM trading_feeschedule s WHERE s.id = NEW.schedule_id AND s.approval_id IS NOT NULL\n                            AND NOT EXISTS (\n                                SELECT 1 FROM accounts_approvalrequest r, jsonb_array_elements(r.payload->'tiers') x\n                                WHERE r.id = s.approval_id AND (x->>'from_volume')::numeric = NEW.from_volume\n                                    AND (x->>'maker_rate')::numeric = NEW.maker_rate\n                                    AND (x->>'taker_rate')::numeric = NEW.taker_rate)\n                    ) THEN\n                        RAISE EXCEPTION 'the request of schedule % does not say this tier', NEW.schedule_id\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_tier_was_approved';\n                    END IF;\n                    RETURN NULL;\n                ", hash='63aea92f5cbd0333fd8fbb66262e2c482729b718', operation='INSERT', pgid='pgtrigger_fee_tier_was_approved_093bc', table='trading_feetier', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='feeschedule',
            constraint=models.UniqueConstraint(fields=('name', 'in_force_from'), name='one_schedule_version_in_force'),
        ),
        migrations.AddConstraint(
            model_name='entityvolume',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0), ('value__lt', Decimal('1E+20'))), name='entity_volume_is_finite'),
        ),
        migrations.AddField(
            model_name='feeassignment',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approvalrequest'),
        ),
        migrations.AddField(
            model_name='feeassignment',
            name='entity',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.entity'),
        ),
        migrations.AddField(
            model_name='feeassignment',
            name='market',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.market'),
        ),
        migrations.AddField(
            model_name='feeassignment',
            name='profile',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.profile'),
        ),
        migrations.AddField(
            model_name='feeplan',
            name='market',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.market'),
        ),
        migrations.AddField(
            model_name='feeplan',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.profile'),
        ),
        migrations.AddField(
            model_name='feeplan',
            name='tier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.feetier'),
        ),
        migrations.AddField(
            model_name='tradedvolume',
            name='market',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.market'),
        ),
        migrations.AddField(
            model_name='tradedvolume',
            name='profile',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.profile'),
        ),
        migrations.AddConstraint(
            model_name='feeassignment',
            constraint=models.UniqueConstraint(fields=('entity', 'profile', 'market', 'in_force_from'), name='one_assignment_in_force', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='feeassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entity__isnull', False), ('profile__isnull', True)), models.Q(('entity__isnull', True), ('profile__isnull', False)), _connector='OR'), name='assignment_is_of_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeassignment',
            trigger=pgtrigger.compiler.Trigger(name='fee_assignment_was_approved', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN (false) OR coalesce((SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'FEE_ASSIGNMENT' ORDER BY p.policy_version DESC LIMIT 1), false)\n            ELSE EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'FEE_ASSIGNMENT' AND r.status = 'EXECUTED' AND r.payload->>'assignment_id' = NEW.id::text\n                    AND nullif(r.payload->>'entity_id', '')::uuid IS NOT DISTINCT FROM NEW.entity_id\n                    AND nullif(r.payload->>'profile_id', '')::uuid IS NOT DISTINCT FROM NEW.profile_id\n                    AND nullif(r.payload->>'market_id', '')::uuid IS NOT DISTINCT FROM NEW.market_id\n                    AND r.payload->>'schedule_name' = NEW.schedule_name\n            ) END) THEN\n                RAISE EXCEPTION 'no request says this: %', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_assignment_was_approved';\n            END IF;\n            RETURN NULL;\n        ", hash='8548c8709d3066185f0c0f4393b98c03f8b71c6d', operation='INSERT', pgid='pgtrigger_fee_assignment_was_approved_fb789', table='trading_feeassignment', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='feeplan',
            constraint=models.UniqueConstraint(fields=('profile', 'market'), name='profile_has_one_plan_in_a_market'),
        ),
        migrations.AddIndex(
            model_name='tradedvolume',
            index=models.Index(fields=['business_date'], name='traded_volume_of_day'),
        ),
        migrations.AddConstraint(
            model_name='tradedvolume',
            constraint=models.UniqueConstraint(fields=('profile', 'market', 'business_date'), name='traded_volume_is_kept_once'),
        ),
        migrations.AddConstraint(
            model_name='tradedvolume',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0), ('value__lt', Decimal('1E+20'))), name='traded_volume_is_finite'),
        ),
        AppendOnly("trading_feeassignment", "fee_assignment_is_append_only"),
    ]
