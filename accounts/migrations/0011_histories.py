"""Every version of who is who, and who may what, is kept from now on."""

import core.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from core.schema import KeepVersions


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_acts'),
        ('accounts', '0010_person_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiCredentialHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('label', models.CharField(max_length=100)),
                ('client_id', models.CharField(max_length=64)),
                ('previous_secret_ends_at', models.DateTimeField(blank=True, null=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('allowed_cidrs', django.contrib.postgres.fields.ArrayField(base_field=core.fields.CidrField(), blank=True, size=None)),
                ('signing_public_key', models.CharField(blank=True, max_length=44, null=True)),
                ('rate_limits', models.JSONField(blank=True, null=True)),
                ('status', models.CharField(max_length=7)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.entity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.apicredential')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='apicredentialhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApprovalPolicyHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('action', models.CharField(max_length=32)),
                ('policy_version', models.PositiveIntegerField()),
                ('tiers', models.JSONField()),
                ('expires_after_hours', models.PositiveIntegerField()),
                ('needs_reauthentication', models.BooleanField()),
                ('daily_limit', models.DecimalField(blank=True, decimal_places=18, max_digits=38, null=True)),
                ('in_force_from', models.DateTimeField()),
                ('approval_id', models.UUIDField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.approvalpolicy')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='approvalpolicyhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='EntityHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('legal_name', models.CharField(blank=True, max_length=200)),
                ('kind', models.CharField(max_length=11)),
                ('reference', models.CharField(max_length=64)),
                ('country', models.CharField(max_length=2)),
                ('lei', models.CharField(blank=True, max_length=20, null=True)),
                ('status', models.CharField(max_length=6)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.organisation')),
                ('own_identity', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.identity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.entity')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='entityhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IdentityControlHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('kind', models.CharField(max_length=9)),
                ('set_by', models.CharField(max_length=8)),
                ('set_by_id', models.UUIDField(null=True)),
                ('is_overridable', models.BooleanField()),
                ('reason_code', models.CharField(max_length=24)),
                ('set_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
                ('cleared_by', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField()),
                ('identity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.identity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.identitycontrol')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='identitycontrolhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IdentityHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('reference', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=11)),
                ('status', models.CharField(max_length=8)),
                ('reason_code', models.CharField(blank=True, max_length=32)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('risk_rating', models.CharField(max_length=6)),
                ('country', models.CharField(max_length=2)),
                ('subject_id', models.UUIDField()),
                ('last_refresh_date', models.DateField(blank=True, null=True)),
                ('refresh_due_date', models.DateField(blank=True, null=True)),
                ('refresh_status', models.CharField(max_length=7)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.entity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.identity')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='identityhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OrganisationHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=6)),
                ('status', models.CharField(max_length=6)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.organisation')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='organisationhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProfileHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=7)),
                ('reference', models.CharField(max_length=64)),
                ('self_trade_group', models.UUIDField()),
                ('status', models.CharField(max_length=6)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.entity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.profile')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='profilehistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProfileMemberHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('role', models.CharField(max_length=17)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.entity')),
                ('identity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.identity')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.profilemember')),
                ('profile', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.profile')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='profilememberhistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RoleGrantHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('granted_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.rolegrant')),
                ('role', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.role')),
                ('staff', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='rolegranthistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RoleHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('name', models.CharField(max_length=32)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='accounts.role')),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='rolehistory_of'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StaffUserHistory',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=100)),
                ('status', models.CharField(max_length=9)),
                ('person_id', models.UUIDField()),
                ('is_superuser', models.BooleanField(help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('mfa_enrolled_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'indexes': [
                    models.Index(fields=['pgh_obj', 'pgh_id'], name='staffuserhistory_of'),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apicredential',
            trigger=pgtrigger.compiler.Trigger(name='apicredential_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_apicredentialhistory" ("id", "entity_id", "label", "client_id", "previous_secret_ends_at", "scopes", "allowed_cidrs", "signing_public_key", "rate_limits", "status", "expires_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."label", NEW."client_id", NEW."previous_secret_ends_at", NEW."scopes", NEW."allowed_cidrs", NEW."signing_public_key", NEW."rate_limits", NEW."status", NEW."expires_at", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='19971b53bac8159f7364745f00c942f31bb7ad39', operation='INSERT', pgid='pgtrigger_apicredential_inserted_fb410', table='accounts_apicredential', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apicredential',
            trigger=pgtrigger.compiler.Trigger(name='apicredential_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."allowed_cidrs" IS DISTINCT FROM (NEW."allowed_cidrs") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."label" IS DISTINCT FROM (NEW."label") OR OLD."previous_secret_ends_at" IS DISTINCT FROM (NEW."previous_secret_ends_at") OR OLD."rate_limits" IS DISTINCT FROM (NEW."rate_limits") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."signing_public_key" IS DISTINCT FROM (NEW."signing_public_key") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_apicredentialhistory" ("id", "entity_id", "label", "client_id", "previous_secret_ends_at", "scopes", "allowed_cidrs", "signing_public_key", "rate_limits", "status", "expires_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."label", NEW."client_id", NEW."previous_secret_ends_at", NEW."scopes", NEW."allowed_cidrs", NEW."signing_public_key", NEW."rate_limits", NEW."status", NEW."expires_at", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='cd5752370717d95f3512e8e0be60d14f575d2871', operation='UPDATE OF "id", "entity_id", "label", "client_id", "previous_secret_ends_at", "scopes", "allowed_cidrs", "signing_public_key", "rate_limits", "status", "expires_at", "version", "created_at"', pgid='pgtrigger_apicredential_updated_9a74e', table='accounts_apicredential', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apicredential',
            trigger=pgtrigger.compiler.Trigger(name='apicredential_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_apicredentialhistory" ("id", "entity_id", "label", "client_id", "previous_secret_ends_at", "scopes", "allowed_cidrs", "signing_public_key", "rate_limits", "status", "expires_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."entity_id", OLD."label", OLD."client_id", OLD."previous_secret_ends_at", OLD."scopes", OLD."allowed_cidrs", OLD."signing_public_key", OLD."rate_limits", OLD."status", OLD."expires_at", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='d92ddb99204ef820e3e806c88617450f46575d64', operation='DELETE', pgid='pgtrigger_apicredential_deleted_3acce', table='accounts_apicredential', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalpolicy',
            trigger=pgtrigger.compiler.Trigger(name='approvalpolicy_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_approvalpolicyhistory" ("id", "action", "policy_version", "tiers", "expires_after_hours", "needs_reauthentication", "daily_limit", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."action", NEW."policy_version", NEW."tiers", NEW."expires_after_hours", NEW."needs_reauthentication", NEW."daily_limit", NEW."in_force_from", NEW."approval_id", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='96d1cc0f31e6cf32a74ea3880a6fb42139f46e26', operation='INSERT', pgid='pgtrigger_approvalpolicy_inserted_fed57', table='accounts_approvalpolicy', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalpolicy',
            trigger=pgtrigger.compiler.Trigger(name='approvalpolicy_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', constraint='CONSTRAINT', func='INSERT INTO "accounts_approvalpolicyhistory" ("id", "action", "policy_version", "tiers", "expires_after_hours", "needs_reauthentication", "daily_limit", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."action", NEW."policy_version", NEW."tiers", NEW."expires_after_hours", NEW."needs_reauthentication", NEW."daily_limit", NEW."in_force_from", NEW."approval_id", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='539af0f810a876047ebdd3c67985f2a04209bae3', operation='UPDATE', pgid='pgtrigger_approvalpolicy_updated_5a192', table='accounts_approvalpolicy', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalpolicy',
            trigger=pgtrigger.compiler.Trigger(name='approvalpolicy_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_approvalpolicyhistory" ("id", "action", "policy_version", "tiers", "expires_after_hours", "needs_reauthentication", "daily_limit", "in_force_from", "approval_id", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."action", OLD."policy_version", OLD."tiers", OLD."expires_after_hours", OLD."needs_reauthentication", OLD."daily_limit", OLD."in_force_from", OLD."approval_id", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='0d89bb2032e54e92d0b92d8826cab27447a6597e', operation='DELETE', pgid='pgtrigger_approvalpolicy_deleted_0f04f', table='accounts_approvalpolicy', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entity',
            trigger=pgtrigger.compiler.Trigger(name='entity_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_entityhistory" ("id", "organisation_id", "legal_name", "kind", "reference", "country", "lei", "own_identity_id", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."organisation_id", NEW."legal_name", NEW."kind", NEW."reference", NEW."country", NEW."lei", NEW."own_identity_id", NEW."status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='a533fb311e20dd2a96599be694dc5215a4873ff8', operation='INSERT', pgid='pgtrigger_entity_inserted_a0ca4', table='accounts_entity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entity',
            trigger=pgtrigger.compiler.Trigger(name='entity_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."legal_name" IS DISTINCT FROM (NEW."legal_name") OR OLD."lei" IS DISTINCT FROM (NEW."lei") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."own_identity_id" IS DISTINCT FROM (NEW."own_identity_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_entityhistory" ("id", "organisation_id", "legal_name", "kind", "reference", "country", "lei", "own_identity_id", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."organisation_id", NEW."legal_name", NEW."kind", NEW."reference", NEW."country", NEW."lei", NEW."own_identity_id", NEW."status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='e2db5ab9bd8cf85022e01ee99594e38670fc9cd9', operation='UPDATE', pgid='pgtrigger_entity_updated_03347', table='accounts_entity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entity',
            trigger=pgtrigger.compiler.Trigger(name='entity_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_entityhistory" ("id", "organisation_id", "legal_name", "kind", "reference", "country", "lei", "own_identity_id", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."organisation_id", OLD."legal_name", OLD."kind", OLD."reference", OLD."country", OLD."lei", OLD."own_identity_id", OLD."status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='d7eff227dc1171e115706bdd23eab58e4d603a08', operation='DELETE', pgid='pgtrigger_entity_deleted_cb8de', table='accounts_entity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='identity_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_identityhistory" ("id", "entity_id", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country", "subject_id", "last_refresh_date", "refresh_due_date", "refresh_status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."reference", NEW."kind", NEW."status", NEW."reason_code", NEW."decided_at", NEW."risk_rating", NEW."country", NEW."subject_id", NEW."last_refresh_date", NEW."refresh_due_date", NEW."refresh_status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='3860178eaefd5b0ca3a0560412b27c99b52d8625', operation='INSERT', pgid='pgtrigger_identity_inserted_bdf98', table='accounts_identity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='identity_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."last_refresh_date" IS DISTINCT FROM (NEW."last_refresh_date") OR OLD."reason_code" IS DISTINCT FROM (NEW."reason_code") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."refresh_due_date" IS DISTINCT FROM (NEW."refresh_due_date") OR OLD."refresh_status" IS DISTINCT FROM (NEW."refresh_status") OR OLD."risk_rating" IS DISTINCT FROM (NEW."risk_rating") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."subject_id" IS DISTINCT FROM (NEW."subject_id") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_identityhistory" ("id", "entity_id", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country", "subject_id", "last_refresh_date", "refresh_due_date", "refresh_status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."reference", NEW."kind", NEW."status", NEW."reason_code", NEW."decided_at", NEW."risk_rating", NEW."country", NEW."subject_id", NEW."last_refresh_date", NEW."refresh_due_date", NEW."refresh_status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='3b0869fffccaad033bd4e504243282bf0596b8e6', operation='UPDATE', pgid='pgtrigger_identity_updated_1c83a', table='accounts_identity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='identity_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_identityhistory" ("id", "entity_id", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country", "subject_id", "last_refresh_date", "refresh_due_date", "refresh_status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."entity_id", OLD."reference", OLD."kind", OLD."status", OLD."reason_code", OLD."decided_at", OLD."risk_rating", OLD."country", OLD."subject_id", OLD."last_refresh_date", OLD."refresh_due_date", OLD."refresh_status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='643126972c0fce6986975d5749d9e8434a743b1f', operation='DELETE', pgid='pgtrigger_identity_deleted_8f342', table='accounts_identity', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitycontrol',
            trigger=pgtrigger.compiler.Trigger(name='identitycontrol_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_identitycontrolhistory" ("id", "identity_id", "kind", "set_by", "set_by_id", "is_overridable", "reason_code", "set_at", "cleared_at", "cleared_by", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."identity_id", NEW."kind", NEW."set_by", NEW."set_by_id", NEW."is_overridable", NEW."reason_code", NEW."set_at", NEW."cleared_at", NEW."cleared_by", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='4cbe2ff6c21e953e7ae88a153dac7cbd5abee4f0', operation='INSERT', pgid='pgtrigger_identitycontrol_inserted_16e78', table='accounts_identitycontrol', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitycontrol',
            trigger=pgtrigger.compiler.Trigger(name='identitycontrol_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."cleared_at" IS DISTINCT FROM (NEW."cleared_at") OR OLD."cleared_by" IS DISTINCT FROM (NEW."cleared_by") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."is_overridable" IS DISTINCT FROM (NEW."is_overridable") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reason_code" IS DISTINCT FROM (NEW."reason_code") OR OLD."set_at" IS DISTINCT FROM (NEW."set_at") OR OLD."set_by" IS DISTINCT FROM (NEW."set_by") OR OLD."set_by_id" IS DISTINCT FROM (NEW."set_by_id"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_identitycontrolhistory" ("id", "identity_id", "kind", "set_by", "set_by_id", "is_overridable", "reason_code", "set_at", "cleared_at", "cleared_by", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."identity_id", NEW."kind", NEW."set_by", NEW."set_by_id", NEW."is_overridable", NEW."reason_code", NEW."set_at", NEW."cleared_at", NEW."cleared_by", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='20113f58e676c1936c347afdf90c20db63b5e655', operation='UPDATE', pgid='pgtrigger_identitycontrol_updated_de576', table='accounts_identitycontrol', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identitycontrol',
            trigger=pgtrigger.compiler.Trigger(name='identitycontrol_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_identitycontrolhistory" ("id", "identity_id", "kind", "set_by", "set_by_id", "is_overridable", "reason_code", "set_at", "cleared_at", "cleared_by", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."identity_id", OLD."kind", OLD."set_by", OLD."set_by_id", OLD."is_overridable", OLD."reason_code", OLD."set_at", OLD."cleared_at", OLD."cleared_by", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='631b15a1a8af603713b047fe5e2eba86fdd9515d', operation='DELETE', pgid='pgtrigger_identitycontrol_deleted_cb6e2', table='accounts_identitycontrol', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='organisation_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_organisationhistory" ("id", "name", "kind", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."kind", NEW."status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='9c62f4e48503db178f3369110e24b6c2b81bce20', operation='INSERT', pgid='pgtrigger_organisation_inserted_aefbe', table='accounts_organisation', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='organisation_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_organisationhistory" ("id", "name", "kind", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."kind", NEW."status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='042161c7819ddd09bb06ce2bdc223ff36012cbde', operation='UPDATE', pgid='pgtrigger_organisation_updated_672b1', table='accounts_organisation', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='organisation',
            trigger=pgtrigger.compiler.Trigger(name='organisation_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_organisationhistory" ("id", "name", "kind", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."name", OLD."kind", OLD."status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='50a641a81b360aab969dd8ef12820c483f862ca3', operation='DELETE', pgid='pgtrigger_organisation_deleted_aa77f', table='accounts_organisation', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profile',
            trigger=pgtrigger.compiler.Trigger(name='profile_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_profilehistory" ("id", "entity_id", "name", "kind", "reference", "self_trade_group", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."name", NEW."kind", NEW."reference", NEW."self_trade_group", NEW."status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='f354c6053a69776781b2939060116d16d595724c', operation='INSERT', pgid='pgtrigger_profile_inserted_59566', table='accounts_profile', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profile',
            trigger=pgtrigger.compiler.Trigger(name='profile_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."self_trade_group" IS DISTINCT FROM (NEW."self_trade_group") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_profilehistory" ("id", "entity_id", "name", "kind", "reference", "self_trade_group", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."entity_id", NEW."name", NEW."kind", NEW."reference", NEW."self_trade_group", NEW."status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='86c81246cd31620b0f36081c93e8d7f0a9211bcf', operation='UPDATE', pgid='pgtrigger_profile_updated_85ad8', table='accounts_profile', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profile',
            trigger=pgtrigger.compiler.Trigger(name='profile_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_profilehistory" ("id", "entity_id", "name", "kind", "reference", "self_trade_group", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."entity_id", OLD."name", OLD."kind", OLD."reference", OLD."self_trade_group", OLD."status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='5a79f7cb7ada49d01d104200bc733a3532e456d1', operation='DELETE', pgid='pgtrigger_profile_deleted_b0341', table='accounts_profile', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilemember',
            trigger=pgtrigger.compiler.Trigger(name='profilemember_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_profilememberhistory" ("id", "profile_id", "identity_id", "entity_id", "role", "since", "until", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."profile_id", NEW."identity_id", NEW."entity_id", NEW."role", NEW."since", NEW."until", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='01931b4b56412ecd174def9f28bb55bb11ec2b48', operation='INSERT', pgid='pgtrigger_profilemember_inserted_3151e', table='accounts_profilemember', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilemember',
            trigger=pgtrigger.compiler.Trigger(name='profilemember_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', constraint='CONSTRAINT', func='INSERT INTO "accounts_profilememberhistory" ("id", "profile_id", "identity_id", "entity_id", "role", "since", "until", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."profile_id", NEW."identity_id", NEW."entity_id", NEW."role", NEW."since", NEW."until", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='a7476fbfb339a909f0d2c61a6e1510765d8614bf', operation='UPDATE', pgid='pgtrigger_profilemember_updated_6a1d1', table='accounts_profilemember', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilemember',
            trigger=pgtrigger.compiler.Trigger(name='profilemember_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_profilememberhistory" ("id", "profile_id", "identity_id", "entity_id", "role", "since", "until", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."profile_id", OLD."identity_id", OLD."entity_id", OLD."role", OLD."since", OLD."until", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='7b85bb2feb37ea192b6c9103426807004ab5c259', operation='DELETE', pgid='pgtrigger_profilemember_deleted_1edd3', table='accounts_profilemember', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='role_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_rolehistory" ("id", "name", "permissions", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."permissions", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='f7043c1c106509df0b9dc92aa0eb27b676315e50', operation='INSERT', pgid='pgtrigger_role_inserted_00dec', table='accounts_role', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='role_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."permissions" IS DISTINCT FROM (NEW."permissions") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_rolehistory" ("id", "name", "permissions", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."permissions", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='649b031f95b2f9d4074b6a2395257f17df344363', operation='UPDATE', pgid='pgtrigger_role_updated_a0a9a', table='accounts_role', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='role_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_rolehistory" ("id", "name", "permissions", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."name", OLD."permissions", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='904e967d996c6cb7d3789e56fc4b80453fb1ead7', operation='DELETE', pgid='pgtrigger_role_deleted_e2357', table='accounts_role', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='rolegrant_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_rolegranthistory" ("id", "staff_id", "role_id", "granted_at", "ended_at", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."staff_id", NEW."role_id", NEW."granted_at", NEW."ended_at", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='e83780ea9464510c889251d1648545b23804a32e', operation='INSERT', pgid='pgtrigger_rolegrant_inserted_c57f7', table='accounts_rolegrant', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='rolegrant_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', constraint='CONSTRAINT', func='INSERT INTO "accounts_rolegranthistory" ("id", "staff_id", "role_id", "granted_at", "ended_at", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."staff_id", NEW."role_id", NEW."granted_at", NEW."ended_at", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='640cc0f74ac742473182411b7d9cae3dc5ad0d68', operation='UPDATE', pgid='pgtrigger_rolegrant_updated_e0f98', table='accounts_rolegrant', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rolegrant',
            trigger=pgtrigger.compiler.Trigger(name='rolegrant_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_rolegranthistory" ("id", "staff_id", "role_id", "granted_at", "ended_at", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."staff_id", OLD."role_id", OLD."granted_at", OLD."ended_at", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='2cdd907ee2cef53dbd8dcfbe4b481a1ecc5a0047', operation='DELETE', pgid='pgtrigger_rolegrant_deleted_a3a79', table='accounts_rolegrant', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffuser',
            trigger=pgtrigger.compiler.Trigger(name='staffuser_inserted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_staffuserhistory" ("id", "email", "name", "status", "person_id", "is_superuser", "mfa_enrolled_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."email", NEW."name", NEW."status", NEW."person_id", NEW."is_superuser", NEW."mfa_enrolled_at", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='2841ee73148b01d4cf7ac38572fdc9739dcd3ca1', operation='INSERT', pgid='pgtrigger_staffuser_inserted_a1f70', table='accounts_staffuser', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffuser',
            trigger=pgtrigger.compiler.Trigger(name='staffuser_updated', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."mfa_enrolled_at" IS DISTINCT FROM (NEW."mfa_enrolled_at") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))', constraint='CONSTRAINT', func='INSERT INTO "accounts_staffuserhistory" ("id", "email", "name", "status", "person_id", "is_superuser", "mfa_enrolled_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."email", NEW."name", NEW."status", NEW."person_id", NEW."is_superuser", NEW."mfa_enrolled_at", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;', hash='dd6e223bee5237334e473e764389a6d3a25095dc', operation='UPDATE OF "id", "email", "name", "status", "person_id", "is_superuser", "mfa_enrolled_at", "version", "created_at"', pgid='pgtrigger_staffuser_updated_30730', table='accounts_staffuser', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffuser',
            trigger=pgtrigger.compiler.Trigger(name='staffuser_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func='INSERT INTO "accounts_staffuserhistory" ("id", "email", "name", "status", "person_id", "is_superuser", "mfa_enrolled_at", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."email", OLD."name", OLD."status", OLD."person_id", OLD."is_superuser", OLD."mfa_enrolled_at", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;', hash='99174589cb57ac78fcf1ccc19ff3021a0ea6501e', operation='DELETE', pgid='pgtrigger_staffuser_deleted_bb206', table='accounts_staffuser', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        KeepVersions(
            'accounts_organisationhistory', 'accounts_organisation',
            'id, name, kind, status, version, created_at',
            'organisation_history_is_append_only',
        ),
        KeepVersions(
            'accounts_entityhistory', 'accounts_entity',
            'id, organisation_id, legal_name, kind, reference, country, lei, own_identity_id, status, version, created_at',
            'entity_history_is_append_only',
        ),
        KeepVersions(
            'accounts_profilehistory', 'accounts_profile',
            'id, entity_id, name, kind, reference, self_trade_group, status, version, created_at',
            'profile_history_is_append_only',
        ),
        KeepVersions(
            'accounts_profilememberhistory', 'accounts_profilemember',
            'id, profile_id, identity_id, entity_id, role, since, until, created_at',
            'profile_member_history_is_append_only',
        ),
        KeepVersions(
            'accounts_identityhistory', 'accounts_identity',
            'id, entity_id, reference, kind, status, reason_code, decided_at, risk_rating, country, subject_id, last_refresh_date, refresh_due_date, refresh_status, version, created_at',
            'identity_history_is_append_only',
        ),
        KeepVersions(
            'accounts_identitycontrolhistory', 'accounts_identitycontrol',
            'id, identity_id, kind, set_by, set_by_id, is_overridable, reason_code, set_at, cleared_at, cleared_by, created_at',
            'identity_control_history_is_append_only',
        ),
        KeepVersions(
            'accounts_apicredentialhistory', 'accounts_apicredential',
            'id, entity_id, label, client_id, previous_secret_ends_at, scopes, allowed_cidrs, signing_public_key, rate_limits, status, expires_at, version, created_at',
            'api_credential_history_is_append_only',
        ),
        KeepVersions(
            'accounts_staffuserhistory', 'accounts_staffuser',
            'id, email, name, status, person_id, is_superuser, mfa_enrolled_at, version, created_at',
            'staff_user_history_is_append_only',
        ),
        KeepVersions(
            'accounts_rolehistory', 'accounts_role',
            'id, name, permissions, version, created_at',
            'role_history_is_append_only',
        ),
        KeepVersions(
            'accounts_rolegranthistory', 'accounts_rolegrant',
            'id, staff_id, role_id, granted_at, ended_at, created_at',
            'role_grant_history_is_append_only',
        ),
        KeepVersions(
            'accounts_approvalpolicyhistory', 'accounts_approvalpolicy',
            'id, action, policy_version, tiers, expires_after_hours, needs_reauthentication, daily_limit, in_force_from, approval_id, created_at',
            'approval_policy_history_is_append_only',
        ),
    ]
