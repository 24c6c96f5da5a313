"""Webhooks, their deliveries and who of the house sees to them."""

import core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from accounts.domain.duties import ROLES
from core.schema import KeepVersions


def bring_roles(apps, schema_editor):
    role = apps.get_model("accounts", "Role")
    for name, permissions in ROLES.items():
        role.objects.filter(name=name).exclude(permissions=list(permissions)).update(permissions=list(permissions))


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0024_quote_duties"),
        ('core', '0006_audit_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookSubscription',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('slot', models.PositiveSmallIntegerField()),
                ('stream_id', models.UUIDField(blank=True, null=True)),
                ('url', models.CharField(max_length=1000)),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ('max_per_second', models.PositiveSmallIntegerField(default=10)),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('PAUSED', 'Paused'), ('BROKEN', 'Broken')], default='ACTIVE', max_length=6)),
                ('sealed_secret', models.CharField(blank=True, max_length=200)),
                ('previous_sealed_secret', models.CharField(blank=True, max_length=200)),
                ('previous_secret_ends_at', models.DateTimeField(blank=True, null=True)),
                ('last_seq', models.BigIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('rest_until', models.DateTimeField(blank=True, null=True)),
                ('taken_until', models.DateTimeField(blank=True, null=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='accounts.entity')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('RETRYING', 'Retrying'), ('DELIVERED', 'Delivered'), ('EXHAUSTED', 'Exhausted')], default='PENDING', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('first_attempt_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('last_status_code', models.PositiveSmallIntegerField(null=True)),
                ('last_error', models.CharField(blank=True, db_default='', default='', max_length=32)),
                ('last_latency_millis', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('message', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.outboxmessage')),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='accounts.webhooksubscription')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookSubscriptionHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('slot', models.PositiveSmallIntegerField()),
                ('stream_id', models.UUIDField(blank=True, null=True)),
                ('url', models.CharField(max_length=1000)),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ('max_per_second', models.PositiveSmallIntegerField()),
                ('status', models.CharField(max_length=6)),
                ('previous_secret_ends_at', models.DateTimeField(blank=True, null=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.entity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.webhooksubscription')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='webhooksubscription',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['stream_id'], name='webhook_by_stream'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('entity', 'slot'), name='webhook_slot_is_taken_once'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('slot__gte', 1), ('slot__lte', 10)), name='entity_has_at_most_ten_webhooks'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('url__regex', '^(https://|http://(localhost|127\\.[0-9.]+|\\[::1\\])[:/])[!-~]+$')), name='webhook_url_is_https'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('topics__len__gte', 1), ('topics__len__lte', 50)), name='webhook_has_topics'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('max_per_second__gte', 1), ('max_per_second__lte', 100)), name='webhook_pace_is_bounded'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'PAUSED', 'BROKEN'])), name='webhook_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at__isnull', False), ('sealed_secret__regex', '^v1\\.'), _connector='OR'), name='webhook_secret_is_sealed'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_sealed_secret', ''), ('previous_secret_ends_at__isnull', True)), models.Q(('previous_sealed_secret__regex', '^v1\\.'), ('previous_secret_ends_at__isnull', False)), _connector='OR'), name='previous_webhook_secret_is_sealed_and_ends'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at__isnull', True), models.Q(('previous_sealed_secret', ''), ('sealed_secret', ''), ('status', 'PAUSED')), _connector='OR'), name='deleted_webhook_keeps_no_secret'),
        ),
        migrations.AddConstraint(
            model_name='webhooksubscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'BROKEN'), _negated=True), ('failing_since__isnull', False), _connector='OR'), name='broken_webhook_was_failing'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhooksubscription',
            trigger=pgtrigger.compiler.Trigger(name='webhooksubscription_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_webhooksubscriptionhistory" ("id", "entity_id", "slot", "stream_id", "url", "topics", "max_per_second", "status", "previous_secret_ends_at", "deleted_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."slot", NEW."stream_id", NEW."url", NEW."topics", NEW."max_per_second", NEW."status", NEW."previous_secret_ends_at", NEW."deleted_at", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='eea88e349a75c3d86d9050cf45a4e1130b8ba9b4', operation='INSERT', pgid='pgtrigger_webhooksubscription_inserted_ca786', table='accounts_webhooksubscription', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhooksubscription',
            trigger=pgtrigger.compiler.Trigger(name='webhooksubscription_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."deleted_at" IS DISTINCT FROM (NEW."deleted_at") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."max_per_second" IS DISTINCT FROM (NEW."max_per_second") OR OLD."previous_secret_ends_at" IS DISTINCT FROM (NEW."previous_secret_ends_at") OR OLD."slot" IS DISTINCT FROM (NEW."slot") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."stream_id" IS DISTINCT FROM (NEW."stream_id") OR OLD."topics" IS DISTINCT FROM (NEW."topics") OR OLD."url" IS DISTINCT FROM (NEW."url") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_webhooksubscriptionhistory" ("id", "entity_id", "slot", "stream_id", "url", "topics", "max_per_second", "status", "previous_secret_ends_at", "deleted_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."slot", NEW."stream_id", NEW."url", NEW."topics", NEW."max_per_second", NEW."status", NEW."previous_secret_ends_at", NEW."deleted_at", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='5387091cff94fa140c86eb694f4b4451bfdf5117', operation='UPDATE OF "id", "entity_id", "slot", "stream_id", "url", "topics", "max_per_second", "status", "previous_secret_ends_at", "deleted_at", "version", "created_at"', pgid='pgtrigger_webhooksubscription_updated_d4ecc', table='accounts_webhooksubscription', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhooksubscription',
            trigger=pgtrigger.compiler.Trigger(name='webhooksubscription_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_webhooksubscriptionhistory" ("id", "entity_id", "slot", "stream_id", "url", "topics", "max_per_second", "status", "previous_secret_ends_at", "deleted_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."entity_id", OLD."slot", OLD."stream_id", OLD."url", OLD."topics", OLD."max_per_second", OLD."status", OLD."previous_secret_ends_at", OLD."deleted_at", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='a50b5f1eda966357bb64838520acd3721ed5eebb', operation='DELETE', pgid='pgtrigger_webhooksubscription_deleted_4b2ce', table='accounts_webhooksubscription', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status__in', ['PENDING', 'RETRYING'])), fields=['subscription', 'due_at', 'id'], name='webhook_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['subscription', 'id'], name='webhook_log'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['ended_at'], name='webhook_ended'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('subscription', 'message'), name='message_is_delivered_once_per_subscription'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(condition=models.Q(('message__isnull', True), ('status__in', ['PENDING', 'RETRYING'])), fields=('subscription',), name='webhook_has_one_waiting_test'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'RETRYING', 'DELIVERED', 'EXHAUSTED'])), name='webhook_delivery_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('attempts', 0), ('first_attempt_at__isnull', True), ('status', 'PENDING')), models.Q(models.Q(('status', 'PENDING'), _negated=True), ('attempted_at__isnull', False), ('attempts__gte', 1), ('first_attempt_at__isnull', False)), _connector='OR'), name='tried_webhook_delivery_has_times'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['PENDING', 'RETRYING'])), models.Q(models.Q(('status__in', ['PENDING', 'RETRYING']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='ended_webhook_delivery_has_time'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'DELIVERED'), _negated=True), models.Q(('last_status_code__gte', 200), ('last_status_code__isnull', False), ('last_status_code__lte', 299)), _connector='OR'), name='delivered_webhook_was_answered'),
        ),
        migrations.AddIndex(
            model_name='webhooksubscriptionhistory',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='webhooksubscriptionhistory_of'),
        ),
        KeepVersions(
            "accounts_webhooksubscriptionhistory",
            "accounts_webhooksubscription",
            "id, entity_id, slot, stream_id, url, topics, max_per_second, status, previous_secret_ends_at, deleted_at, version, created_at",
            "webhook_history_is_append_only",
        ),
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
    ]
