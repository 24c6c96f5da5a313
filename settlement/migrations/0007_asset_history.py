"""Every version of an asset is kept, from now on."""

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from core.schema import KeepVersions


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_acts"),
        ("settlement", "0006_room_for_balances"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssetHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.UUIDField(serialize=False)),
                ("code", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=8)),
                ("scale", models.SmallIntegerField()),
                ("payment_scale", models.SmallIntegerField()),
                ("status", models.CharField(max_length=9)),
                ("version", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="settlement.asset",
            )),
            ],
            options={
                "abstract": False,
                'indexes': [
                    models.Index(fields=["pgh_obj", "pgh_id"], name="assethistory_of"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="asset",
            trigger=pgtrigger.compiler.Trigger(
                name="asset_inserted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."code", NEW."name", NEW."kind", NEW."scale", NEW."payment_scale", NEW."status", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="d0971c95b3d7696fa6551dbb6e62ff7007a58baa",
                    operation="INSERT",
                    pgid="pgtrigger_asset_inserted_21fc1",
                    table="settlement_asset",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="asset",
            trigger=pgtrigger.compiler.Trigger(
                name="asset_updated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."payment_scale" IS DISTINCT FROM (NEW."payment_scale") OR OLD."scale" IS DISTINCT FROM (NEW."scale") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    constraint="CONSTRAINT",
                    func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."code", NEW."name", NEW."kind", NEW."scale", NEW."payment_scale", NEW."status", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="023efcce6f011fc91fff1f88e1622d61c5fe747f",
                    operation="UPDATE",
                    pgid="pgtrigger_asset_updated_be4bf",
                    table="settlement_asset",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="asset",
            trigger=pgtrigger.compiler.Trigger(
                name="asset_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "settlement_assethistory" ("id", "code", "name", "kind", "scale", "payment_scale", "status", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."code", OLD."name", OLD."kind", OLD."scale", OLD."payment_scale", OLD."status", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;',
                    hash="257b6ad0f4d6cf2d6b0e7d000f9ca06e08e5832b",
                    operation="DELETE",
                    pgid="pgtrigger_asset_deleted_566d6",
                    table="settlement_asset",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        KeepVersions(
            "settlement_assethistory",
            "settlement_asset",
            "id, code, name, kind, scale, payment_scale, status, version, created_at",
            "asset_history_is_append_only",
        ),
    ]
