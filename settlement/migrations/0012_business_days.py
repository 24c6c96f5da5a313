"""Business days that close one after the other, what each account had at their ends, and the calendars of assets."""

from decimal import Decimal

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from core.schema import AppendOnly

GUARD = """
-- An entry takes its place in a day that is still open. Who shuts a day takes the lock alone: it waits for whoever writes, and
-- whoever comes after it sees that the day is shut.
CREATE FUNCTION settlement_refuse_shut_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('settlement_businessday'));
    SELECT f.business_date INTO day FROM fresh f
    WHERE f.business_date <= (SELECT max(d.business_date) FROM settlement_businessday d WHERE d.status <> 'OPEN') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the business date % takes no entry any more', day
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_is_of_an_open_day AFTER INSERT ON settlement_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_shut_day();

CREATE FUNCTION settlement_refuse_day_out_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    steps constant text[] := ARRAY['OPEN', 'CLOSING', 'CLOSED'];
    step int := array_position(steps, NEW.status::text);
BEGIN
    IF (TG_OP = 'UPDATE' AND (NEW.business_date <> OLD.business_date OR step < array_position(steps, OLD.status::text)))
        OR EXISTS (
            SELECT 1 FROM settlement_businessday d
            WHERE d.business_date > NEW.business_date AND array_position(steps, d.status::text) > step
        )
        OR EXISTS (
            SELECT 1 FROM settlement_businessday d
            WHERE d.business_date < NEW.business_date AND array_position(steps, d.status::text) < step
        )
        OR (NEW.status <> 'OPEN'
            AND EXISTS (SELECT 1 FROM settlement_businessday d WHERE d.business_date < NEW.business_date)
            AND NOT EXISTS (SELECT 1 FROM settlement_businessday d WHERE d.business_date = NEW.business_date - 1))
    THEN
        RAISE EXCEPTION 'the business date % cannot be % now: days close one after the other', NEW.business_date, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER days_close_in_order BEFORE INSERT OR UPDATE OF business_date, status ON settlement_businessday
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_day_out_of_order();

CREATE FUNCTION settlement_refuse_torn_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh f LEFT JOIN settlement_balancesnapshot b
            ON b.account_id = f.account_id AND b.business_date = f.business_date - 1
        WHERE f.opening <> coalesce(b.closing, 0)
    ) THEN
        RAISE EXCEPTION 'a snapshot does not open as the day before closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER snapshot_opens_as_the_last_closed AFTER INSERT ON settlement_balancesnapshot REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_torn_snapshot();
"""
UNGUARD = """
DROP TRIGGER snapshot_opens_as_the_last_closed ON settlement_balancesnapshot;
DROP FUNCTION settlement_refuse_torn_snapshot();
DROP TRIGGER days_close_in_order ON settlement_businessday;
DROP FUNCTION settlement_refuse_day_out_of_order();
DROP TRIGGER entry_is_of_an_open_day ON settlement_entry;
DROP FUNCTION settlement_refuse_shut_day();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0011_withdrawals'),
    ]

    operations = [
        migrations.CreateModel(
            name='BalanceSnapshot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('business_date', models.DateField()),
                ('opening', models.DecimalField(decimal_places=18, max_digits=38)),
                ('credits', models.DecimalField(decimal_places=18, max_digits=38)),
                ('debits', models.DecimalField(decimal_places=18, max_digits=38)),
                ('closing', models.DecimalField(decimal_places=18, max_digits=38)),
                ('held', models.DecimalField(decimal_places=18, max_digits=38)),
                ('taken_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='settlement.ledgeraccount')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['account', '-business_date'], name='snapshot_of_account'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('business_date', 'account'), name='snapshot_is_taken_once'),
                    models.CheckConstraint(condition=models.Q(('closing', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('opening'), '+', models.F('credits')), '-', models.F('debits')))), name='snapshot_adds_up'),
                    models.CheckConstraint(condition=models.Q(('opening__gt', Decimal('-1E+20')), ('opening__lt', Decimal('1E+20')), ('credits__gte', 0), ('credits__lt', Decimal('1E+20')), ('debits__gte', 0), ('debits__lt', Decimal('1E+20')), ('closing__gt', Decimal('-1E+20')), ('closing__lt', Decimal('1E+20')), ('held__gte', 0), ('held__lt', Decimal('1E+20'))), name='snapshot_is_finite'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BusinessDay',
            fields=[
                ('business_date', models.DateField(primary_key=True, serialize=False)),
                ('cut_off_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('CLOSING', 'Closing'), ('CLOSED', 'Closed')], default='OPEN', max_length=7)),
                ('gates', models.JSONField(default=dict)),
                ('prepared_by', models.UUIDField(null=True)),
                ('signed_off_by', models.UUIDField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('version', models.BigIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['OPEN', 'CLOSING', 'CLOSED'])), name='business_day_status_is_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'OPEN'), _negated=True), ('gates', {}), _connector='OR'), name='open_day_passed_no_gate'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'CLOSED'), _negated=True), models.Q(('closed_at__isnull', False), ('gates__has_keys', ['snapshots', 'reconciliation', 'sign_off']), ('prepared_by__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='closed_day_passed_every_gate'),
                    models.CheckConstraint(condition=models.Q(('signed_off_by__isnull', True), models.Q(('prepared_by__isnull', False), models.Q(('signed_off_by', models.F('prepared_by')), _negated=True)), _connector='OR'), name='day_is_signed_off_by_another'),
                ],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='asset',
            name='asset_inserted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='asset',
            name='asset_updated',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='asset',
            name='asset_deleted',
        ),
        migrations.AddField(
            model_name='asset',
            name='calendar',
            field=models.CharField(default='ALWAYS', max_length=12),
        ),
        migrations.AddField(
            model_name='assethistory',
            name='calendar',
            field=models.CharField(default='ALWAYS', max_length=12),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name='entry',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['business_date', 'event_at', 'recorded_at'], name='entry_by_time', pages_per_range=16),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='asset',
            trigger=pgtrigger.compiler.Trigger(name='asset_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "calendar", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."code", NEW."name", NEW."kind", NEW."scale", NEW."payment_scale", NEW."calendar", NEW."status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='3af5766025dfe21491fa1f4cc88f9b457cf6dfa3', operation='INSERT', pgid='pgtrigger_asset_inserted_21fc1', table='settlement_asset', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='asset',
            trigger=pgtrigger.compiler.Trigger(name='asset_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."calendar" IS DISTINCT FROM (NEW."calendar") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."payment_scale" IS DISTINCT FROM (NEW."payment_scale") OR OLD."scale" IS DISTINCT FROM (NEW."scale") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "calendar", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."code", NEW."name", NEW."kind", NEW."scale", NEW."payment_scale", NEW."calendar", NEW."status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='02dc57a8a877ab87fc8c6feb4a80d7189fb28191', operation='UPDATE', pgid='pgtrigger_asset_updated_be4bf', table='settlement_asset', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='asset',
            trigger=pgtrigger.compiler.Trigger(name='asset_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "calendar", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."code", OLD."name", OLD."kind", OLD."scale", OLD."payment_scale", OLD."calendar", OLD."status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='397d87f989174c3d909d2c930525e7f7281fe5a9', operation='DELETE', pgid='pgtrigger_asset_deleted_566d6', table='settlement_asset', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('calendar__regex', '^[A-Z][A-Z_]{1,11}$')), name='asset_calendar_is_plain'),
        ),
        AppendOnly("settlement_balancesnapshot", "snapshot_is_append_only"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
